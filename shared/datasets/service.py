"""Use cases of datasets: checking a stored file once and keeping what was found."""

from collections.abc import Callable

from sqlmodel import Session

from shared import clock
from shared.datasets import repository
from shared.datasets.check import check_chat_file
from shared.datasets.findings import Report
from shared.datasets.tables import DatasetReport
from shared.db.session import insert_ignoring_duplicates
from shared.files.tables import File
from shared.ids import Prefix, new_id
from shared.storage.protocol import ObjectStore


def check_file(store: ObjectStore, file: File, *, max_line_bytes: int, on_progress: Callable[[], None]) -> Report:
    """Read a stored file through once. No transaction may be open. Raises ObjectNotFoundError."""
    chunks = store.iter_chunks(file.object_key)
    return check_chat_file(chunks, max_line_bytes=max_line_bytes, on_progress=lambda _bytes: on_progress())


def keep_report(session: Session, file: File, report: Report) -> None:
    """Store what was found; a second check of the same file found the same and changes nothing."""
    row = {
        "id": new_id(Prefix.REPORT),
        "project_id": file.project_id,
        "file_id": file.id,
        "n_examples": report.n_examples,
        "n_errors": report.n_errors,
        "n_warnings": report.n_warnings,
        "summary": report.error_summary(),
        "report": report.to_dict(),
        "created_at": clock.now_seconds(),
    }
    insert_ignoring_duplicates(session, DatasetReport, [row])


def find_report(session: Session, project_id: str, file_id: str) -> DatasetReport | None:
    return repository.find_report(session, project_id, file_id)
