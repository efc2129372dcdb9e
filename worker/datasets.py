"""Checking uploaded files. A file always leaves `uploaded`, for `processed` or for `error` with the reason."""

from sqlmodel import Session

from shared.datasets import service as datasets
from shared.datasets.findings import Report
from shared.datasets.tables import DatasetReport
from shared.files import service as files
from shared.files.tables import File, FileStatus, Purpose
from shared.outbox.claim import Claim
from worker.task import Handler
from worker.unit import WorkUnit

LONGEST_CHECK_SECONDS = 3600.0
"The largest upload, 8 GB, takes a free core three minutes. A check renews its lease, so this only ends one that hangs."


def process_file(unit: WorkUnit) -> None:
    """Check a fine-tuning file; files for other purposes are taken as they are."""
    with unit.database.reading() as session:
        file = files.find_file(session, unit.project_id, unit.subject_id)
    if file is None or file.status != FileStatus.UPLOADED:
        with unit.finishing():
            return
    report = _check(unit, file) if file.purpose == Purpose.FINE_TUNE else None
    with unit.finishing() as session:
        if report is not None:
            datasets.keep_report(session, file, report)
        problem = report.error_summary() if report is not None and report.n_errors else None
        files.mark_checked(session, unit.project_id, file.id, problem=problem)


def ensure_report(unit: WorkUnit, file: File) -> DatasetReport:
    """The report of a file, checked now unless it was checked at upload."""
    with unit.database.reading() as session:
        known = datasets.find_report(session, unit.project_id, file.id)
    if known is not None:
        return known
    report = _check(unit, file)
    with unit.progressing() as session:
        datasets.keep_report(session, file, report)
    with unit.database.reading() as session:
        kept = datasets.find_report(session, unit.project_id, file.id)
    if kept is None:
        raise RuntimeError(f"The report of {file.id} vanished right after it was written")
    return kept


def _check(unit: WorkUnit, file: File) -> Report:
    return datasets.check_file(
        unit.store, file, max_line_bytes=unit.settings.max_line_bytes, on_progress=unit.keep_alive
    )


def _give_up(session: Session, claim: Claim, _reason: str) -> None:
    problem = f"The file could not be checked, by a fault of the service ({claim.work_id}). Upload it again."
    files.mark_checked(session, claim.project_id, claim.subject_id, problem=problem)


PROCESS_FILE = Handler(run=process_file, give_up=_give_up, longest_seconds=LONGEST_CHECK_SECONDS)
