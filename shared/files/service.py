"""Use cases of files: a row and an object, made together and forgotten together."""

from dataclasses import dataclass

from sqlmodel import Session

from shared import clock
from shared.errors import InvalidInputError
from shared.files import repository
from shared.files.errors import FileNotFoundInProjectError
from shared.files.tables import File, FileStatus, Purpose
from shared.ids import Prefix, new_id
from shared.outbox.add import add_work
from shared.storage.protocol import StoredObject
from shared.tasks import Work

FILENAME_LIMIT = 255
_UPLOADABLE = frozenset(Purpose) - {Purpose.FINE_TUNE_RESULTS}


@dataclass(frozen=True)
class ReceivedFile:
    """What the edge has already streamed into the object store."""

    file_id: str
    object_key: str
    filename: str
    purpose: str
    stored: StoredObject
    expires_after_seconds: int | None = None
    created_at: int | None = None
    "Seconds since the epoch, of a file that was made elsewhere; now if left out."


def object_key(project_id: str, file_id: str) -> str:
    """Where a file's bytes lie. Made of our ids only: a client's file name is a label, never a path."""
    return f"files/{project_id}/{file_id}"


def check_purpose(purpose: str | None) -> str:
    if purpose not in _UPLOADABLE:
        given = "is missing" if purpose is None else f"{purpose[:40]!r} is not known"
        raise InvalidInputError(
            f"purpose {given}; use one of: {', '.join(sorted(_UPLOADABLE))}.",
            param="purpose",
            code="invalid_purpose",
        )
    return purpose


def clean_filename(name: str) -> str:
    """A client's file name as a label: last path segment, no control characters, at most 255 characters.

    Never dots alone, which are a folder to whoever saves a file under its name.
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    label = "".join(c for c in last if c.isprintable())[:FILENAME_LIMIT]
    return label if label.strip(". ") else "upload"


def create_file(session: Session, project_id: str, received: ReceivedFile) -> File:
    """Make the row of a stored object and ask for its check."""
    if received.stored.size_bytes == 0:
        raise InvalidInputError(
            "The file is empty. Send a JSON Lines file with one training example a line.",
            param="file",
            code="empty_file",
        )
    now = clock.now_seconds()
    file = File(
        id=received.file_id,
        project_id=project_id,
        filename=clean_filename(received.filename),
        purpose=received.purpose,
        bytes=received.stored.size_bytes,
        sha256=received.stored.sha256,
        object_key=received.object_key,
        status=FileStatus.UPLOADED,
        created_at=received.created_at or now,
        expires_at=now + received.expires_after_seconds if received.expires_after_seconds else None,
    )
    session.add(file)
    add_work(session, kind=Work.PROCESS_FILE, project_id=project_id, subject_id=file.id)
    return file


def create_result_file(
    session: Session,
    project_id: str,
    *,
    object_key: str,
    filename: str,
    stored: StoredObject,
    file_id: str | None = None,
    created_at: int | None = None,
) -> File:
    """Make the row of a file that needs no check: a service wrote it, this one or the one it was copied from."""
    file = File(
        id=file_id or new_id(Prefix.FILE),
        project_id=project_id,
        filename=filename,
        purpose=Purpose.FINE_TUNE_RESULTS,
        bytes=stored.size_bytes,
        sha256=stored.sha256,
        object_key=object_key,
        status=FileStatus.PROCESSED,
        created_at=created_at or clock.now_seconds(),
    )
    session.add(file)
    return file


def find_file(session: Session, project_id: str, file_id: str) -> File | None:
    return repository.find_file(session, project_id, file_id)


def find_file_even_deleted(session: Session, project_id: str, file_id: str) -> File | None:
    """For work under way: a check goes on with a file whose row is on its way out."""
    return repository.find_file_even_deleted(session, project_id, file_id)


def mark_checked(session: Session, project_id: str, file_id: str, *, problem: str | None) -> None:
    """Move a file out of `uploaded`: `processed`, or `error` with the problem told."""
    status = FileStatus.PROCESSED if problem is None else FileStatus.ERROR
    repository.mark_file(session, project_id, file_id, status=status, details=problem)


def get_file(session: Session, project_id: str, file_id: str) -> File:
    """Raises FileNotFoundInProjectError, for a stranger's file too."""
    file = repository.find_file(session, project_id, file_id)
    if file is None:
        raise FileNotFoundInProjectError(file_id)
    return file


def list_files(
    session: Session, project_id: str, *, after: str | None, limit: int, ascending: bool, purpose: str | None
) -> list[File]:
    """A page of files by id; one row more than `limit` tells that there are further ones."""
    return repository.list_files(session, project_id, after=after, limit=limit, ascending=ascending, purpose=purpose)


def delete_file(session: Session, project_id: str, file_id: str) -> None:
    """Hide the file at once; upkeep removes the object. Ask jobs/usage.py first whether a job needs it."""
    get_file(session, project_id, file_id)
    repository.mark_deleted(session, project_id, file_id)
