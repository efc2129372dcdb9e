"""Taking in uploaded files. A file always leaves `uploaded`, for `processed` or for `error` with the reason."""

from sqlmodel import Session

from shared.datasets.pipeline import service as checks
from shared.datasets.pipeline.question import AT_UPLOAD
from shared.files import service as files
from shared.files.tables import FileStatus, Purpose
from shared.outbox.claim import Claim
from worker.task import Handler
from worker.unit import WorkUnit


def process_file(unit: WorkUnit) -> None:
    """Have a fine-tuning file checked; files for other purposes are taken as they are."""
    with unit.database.reading() as session:
        file = files.find_file(session, unit.project_id, unit.subject_id)
    with unit.finishing() as session:
        if file is None or file.status != FileStatus.UPLOADED:
            return
        if file.purpose == Purpose.FINE_TUNE:
            checks.start_check(session, file, AT_UPLOAD)
        else:
            files.mark_checked(session, unit.project_id, file.id, problem=None)


def _give_up(session: Session, claim: Claim, _reason: str) -> None:
    problem = f"The file could not be checked, by a fault of the service ({claim.work_id}). Upload it again."
    files.mark_checked(session, claim.project_id, claim.subject_id, problem=problem)


PROCESS_FILE = Handler(run=process_file, give_up=_give_up)
