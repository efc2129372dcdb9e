"""Copies of our files at an upstream: one for each project, connection and content, made by work of its own.

Deleting: when no file of the project has the content any more, upkeep asks for the copy's removal.
"""

from dataclasses import dataclass

from sqlmodel import Session

from shared import clock
from shared.files import service as files
from shared.files.tables import File
from shared.ids import Prefix, new_id
from shared.jobs.failure import JobFailure
from shared.jobs.tables import Job
from shared.outbox.add import lock_work, wake_work
from shared.providers import repository
from shared.providers.tables import CopyState, ProviderFile
from shared.tasks import Work

_SHOWN_HASH_CHARS = 12
_MESSAGE_CHARS = 500


def want_copy(session: Session, file: File, *, connection_id: str) -> None:
    """See to it that the content of a file is at a connection; a failed copy gets another chance."""
    row = {
        "id": new_id(Prefix.PROVIDER_FILE),
        "connection_id": connection_id,
        "sha256": file.sha256,
        "bytes": file.bytes,
        "state": CopyState.READY,
        "part_ids": [],
        "bytes_sent": 0,
        "created_at": clock.now(),
    }
    repository.add_copy(session, file.project_id, row)
    known = repository.find_copy(session, file.project_id, connection_id, file.sha256)
    if known is not None:
        # Before the copy's own row, as the worker that makes the copy does.
        lock_work(session, kind=Work.UPLOAD_COPY, subject_id=known.id)
    copy = repository.lock_copy(session, file.project_id, connection_id, file.sha256)
    if copy is None or copy.state == CopyState.SENT:
        return
    if copy.state == CopyState.FAILED:
        copy.state, copy.error_code, copy.error_message = CopyState.READY, None, None
        session.add(copy)
        session.flush()
    wake_work(session, kind=Work.UPLOAD_COPY, project_id=copy.project_id, subject_id=copy.id)


@dataclass(frozen=True)
class JobCopies:
    """Where the copies of a job's files are: upstream ids, or why there will be none."""

    training: str | None
    validation: str | None
    are_complete: bool
    failure: JobFailure | None = None


def find_copies(session: Session, job: Job, *, connection_id: str) -> JobCopies:
    """The copies of a job's files; one that nobody has asked for is asked for."""
    ids: dict[str, str | None] = {"training_file": None, "validation_file": None}
    are_complete = True
    for param, file_id in (("training_file", job.training_file), ("validation_file", job.validation_file)):
        file = files.find_file_even_deleted(session, job.project_id, file_id) if file_id else None
        if file is None:
            continue
        copy = repository.find_copy(session, job.project_id, connection_id, file.sha256)
        if copy is None:
            want_copy(session, file, connection_id=connection_id)
        elif copy.state == CopyState.FAILED:
            failure = JobFailure(copy.error_code or "provider_error", copy.error_message or "", param)
            return JobCopies(None, None, are_complete=False, failure=failure)
        ids[param] = copy.upstream_file_id if copy is not None and copy.state == CopyState.SENT else None
        are_complete = are_complete and ids[param] is not None
    return JobCopies(ids["training_file"], ids["validation_file"], are_complete)


def list_sent(session: Session, job: Job, *, connection_id: str) -> list[ProviderFile]:
    """The copies of a job's files that are upstream as far as we know."""
    named = filter(None, (job.training_file, job.validation_file))
    sources = [files.find_file_even_deleted(session, job.project_id, file_id) for file_id in named]
    found = [repository.find_copy(session, job.project_id, connection_id, file.sha256) for file in sources if file]
    return [copy for copy in found if copy is not None and copy.state == CopyState.SENT]


def find_copy(session: Session, project_id: str, copy_id: str) -> ProviderFile | None:
    return repository.find_copy_by_id(session, project_id, copy_id)


def get_source(session: Session, copy: ProviderFile) -> File:
    """A file of ours with the copy's content, whose object is there."""
    source = repository.find_source(session, copy.project_id, copy.sha256)
    if source is None:
        raise RuntimeError(f"No file of the project has the content of {copy.id} any more")
    return source


def upstream_name(copy: ProviderFile) -> str:
    """What the copy is called upstream: by this name and its size a copy whose answer was lost is found again."""
    return f"tunery-{copy.id}-{copy.sha256[:_SHOWN_HASH_CHARS]}.jsonl"


def mark_sending(session: Session, project_id: str, copy_id: str) -> None:
    """Write down that a request is about to leave that may make a copy."""
    _get(session, project_id, copy_id).state = CopyState.SENDING


def note_upload(session: Session, project_id: str, copy_id: str, *, upload_id: str | None) -> None:
    """An upload in parts has begun, or (None) has to begin anew."""
    copy = _get(session, project_id, copy_id)
    copy.upload_id, copy.part_ids, copy.bytes_sent = upload_id, [], 0


def note_part(session: Session, project_id: str, copy_id: str, *, part_id: str, bytes_sent: int) -> None:
    copy = _get(session, project_id, copy_id)
    copy.part_ids, copy.bytes_sent = [*copy.part_ids, part_id], bytes_sent


def mark_sent(session: Session, project_id: str, copy_id: str, *, upstream_file_id: str) -> None:
    """The copy is there: jobs that wait for it go on."""
    copy = _get(session, project_id, copy_id)
    copy.state, copy.upstream_file_id, copy.bytes_sent = CopyState.SENT, upstream_file_id, copy.bytes
    session.flush()
    wake_waiting(session, copy)


def mark_failed(session: Session, project_id: str, copy_id: str, failure: JobFailure) -> None:
    """There will be no copy: jobs that wait for it hear why."""
    copy = _get(session, project_id, copy_id)
    copy.state, copy.error_code, copy.error_message = CopyState.FAILED, failure.code, failure.message[:_MESSAGE_CHARS]
    session.flush()
    wake_waiting(session, copy)


def mark_lost(session: Session, project_id: str, copy_id: str) -> None:
    """Upstream does not have it any more: it is sent again."""
    copy = _get(session, project_id, copy_id)
    copy.state, copy.upstream_file_id = CopyState.READY, None
    note_upload(session, project_id, copy_id, upload_id=None)
    session.flush()
    wake_work(session, kind=Work.UPLOAD_COPY, project_id=project_id, subject_id=copy_id)


def forget(session: Session, project_id: str, copy_id: str) -> None:
    session.delete(_get(session, project_id, copy_id))


def ask_for_removals_system(session: Session, *, limit: int = 100) -> int:
    """Ask for the removal of copies whose content no file has any more; how many."""
    orphaned = repository.list_orphaned_copies_system(session, limit=limit)
    for copy in orphaned:
        copy.state = CopyState.DELETING
        session.add(copy)
        session.flush()
        wake_work(session, kind=Work.UPLOAD_COPY, project_id=copy.project_id, subject_id=copy.id)
    return len(orphaned)


def wake_waiting(session: Session, copy: ProviderFile) -> None:
    waiting = repository.list_waiting_jobs(session, copy.project_id, copy.connection_id, copy.sha256)
    for job_id in waiting:
        wake_work(session, kind=Work.SUBMIT_JOB, project_id=copy.project_id, subject_id=job_id)


def _get(session: Session, project_id: str, copy_id: str) -> ProviderFile:
    copy = repository.find_copy_by_id(session, project_id, copy_id)
    if copy is None:
        raise RuntimeError(f"{copy_id} vanished while it was worked on")
    session.add(copy)
    return copy
