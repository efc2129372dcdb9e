"""Every query of jobs and files at providers. What a connection's worker asks for all its projects is the system's."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, exists, func, update
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from shared.db.session import insert_ignoring_duplicates
from shared.files.tables import File
from shared.jobs.tables import Job
from shared.providers.tables import CopyState, ProviderFile, ProviderJob, Submission

_JOBS = ProviderJob.metadata.tables["provider_jobs"]
_WATCHED = core_select(
    _JOBS.c.upstream_job_id,
    _JOBS.c.fingerprint,
    _JOBS.c.quiet_polls,
    _JOBS.c.upstream_status,
    _JOBS.c.last_sent_at,
    _JOBS.c.next_poll_at,
).where(
    _JOBS.c.connection_id == bindparam("connection_id"),
    _JOBS.c.next_poll_at.is_not(None),
)
WatchedRow = tuple[str, str | None, int, str | None, float | None, float]


def find_provider_job(session: Session, project_id: str, job_id: str) -> ProviderJob | None:
    statement = select(ProviderJob).where(ProviderJob.project_id == project_id, ProviderJob.job_id == job_id)
    return session.exec(statement).first()


def lock_provider_job(session: Session, project_id: str, job_id: str) -> ProviderJob | None:
    """Fresh, its row locked. Lock the job's own row first: everybody does."""
    statement = select(ProviderJob).where(ProviderJob.project_id == project_id, ProviderJob.job_id == job_id)
    return session.exec(statement.with_for_update().execution_options(populate_existing=True)).first()


def list_wished_system(session: Session, connection_id: str, *, now: float) -> list[ProviderJob]:
    """Jobs that are due and about which a client wants something of the upstream."""
    statement = select(ProviderJob).where(
        ProviderJob.connection_id == connection_id,
        col(ProviderJob.next_poll_at) <= now,
        col(ProviderJob.wish).is_not(None),
    )
    return list(session.exec(statement.limit(100)))


def list_watched_rows_system(session: Session, connection_id: str) -> list[WatchedRow]:
    """Upstream id, fingerprint, quiet polls, status, time of sending and of the next look of every watched job.

    A Core statement and no whole rows, since there may be thousands.
    """
    return [tuple(row) for row in session.execute(_WATCHED, {"connection_id": connection_id}).all()]


def find_oldest_due_system(session: Session, connection_id: str, *, now: float) -> int | None:
    """When the oldest of the jobs that are due was made upstream."""
    statement = select(func.min(ProviderJob.upstream_created_at)).where(
        ProviderJob.connection_id == connection_id, col(ProviderJob.next_poll_at) <= now
    )
    return session.exec(statement).one()


def find_next_due_system(session: Session, connection_id: str) -> float | None:
    """When the next job of a connection is to be looked at."""
    statement = select(func.min(ProviderJob.next_poll_at)).where(ProviderJob.connection_id == connection_id)
    return session.exec(statement).one()


def list_taken_system(session: Session, connection_id: str, *, since: int) -> set[str]:
    """Upstream ids that jobs of ours have, made upstream since then."""
    statement = select(ProviderJob.upstream_job_id).where(
        ProviderJob.connection_id == connection_id, col(ProviderJob.upstream_created_at) >= since
    )
    return {str(each) for each in session.exec(statement)}


def find_by_upstream_id_system(session: Session, connection_id: str, upstream_job_id: str) -> ProviderJob | None:
    statement = select(ProviderJob).where(
        ProviderJob.connection_id == connection_id, ProviderJob.upstream_job_id == upstream_job_id
    )
    return session.exec(statement).first()


def list_watched_system(session: Session, connection_id: str) -> list[ProviderJob]:
    statement = select(ProviderJob).where(
        ProviderJob.connection_id == connection_id, col(ProviderJob.next_poll_at).is_not(None)
    )
    return list(session.exec(statement))


def find_any_live_project_system(session: Session, connection_id: str) -> str | None:
    """A project with a job at the connection that is being watched."""
    statement = select(ProviderJob.project_id).where(
        ProviderJob.connection_id == connection_id, col(ProviderJob.next_poll_at).is_not(None)
    )
    return session.exec(statement.limit(1)).first()


def list_of_jobs_system(session: Session, connection_id: str, job_ids: Sequence[str]) -> list[ProviderJob]:
    """Those of our jobs, by our id, that the connection trains."""
    statement = select(ProviderJob).where(
        ProviderJob.connection_id == connection_id, col(ProviderJob.job_id).in_(job_ids)
    )
    return list(session.exec(statement))


def put_off_system(session: Session, connection_id: str, upstream_ids: Sequence[str], *, until: float) -> None:
    """Look at jobs that brought nothing new at `until` again."""
    session.execute(
        update(ProviderJob)
        .where(col(ProviderJob.connection_id) == connection_id, col(ProviderJob.upstream_job_id).in_(upstream_ids))
        .values(next_poll_at=until, quiet_polls=ProviderJob.quiet_polls + 1),
        execution_options={"synchronize_session": False},
    )


def find_copy(session: Session, project_id: str, connection_id: str, sha256: str) -> ProviderFile | None:
    statement = select(ProviderFile).where(
        ProviderFile.project_id == project_id,
        ProviderFile.connection_id == connection_id,
        ProviderFile.sha256 == sha256,
    )
    return session.exec(statement).first()


def lock_copy(session: Session, project_id: str, connection_id: str, sha256: str) -> ProviderFile | None:
    statement = select(ProviderFile).where(
        ProviderFile.project_id == project_id,
        ProviderFile.connection_id == connection_id,
        ProviderFile.sha256 == sha256,
    )
    return session.exec(statement.with_for_update().execution_options(populate_existing=True)).first()


def find_copy_by_id(session: Session, project_id: str, copy_id: str) -> ProviderFile | None:
    statement = select(ProviderFile).where(ProviderFile.project_id == project_id, ProviderFile.id == copy_id)
    return session.exec(statement).first()


def add_copy(session: Session, project_id: str, row: dict[str, Any]) -> None:
    """Add the row of a copy unless the project has one of this content at this connection."""
    insert_ignoring_duplicates(session, ProviderFile, [row | {"project_id": project_id}])


def find_source(session: Session, project_id: str, sha256: str) -> File | None:
    """A file of the project with this content, deleted or not, as long as its object is there."""
    statement = select(File).where(File.project_id == project_id, File.sha256 == sha256, File.object_key != "")
    return session.exec(statement.order_by(col(File.deleted_at).is_not(None)).limit(1)).first()


def list_waiting_jobs(session: Session, project_id: str, connection_id: str, sha256: str) -> list[str]:
    """Jobs that cannot be sent before the copy of this content is there."""
    named = select(File.id).where(File.project_id == project_id, File.sha256 == sha256)
    statement = (
        select(ProviderJob.job_id)
        .join(Job, col(Job.id) == col(ProviderJob.job_id))
        .where(
            ProviderJob.project_id == project_id,
            ProviderJob.connection_id == connection_id,
            ProviderJob.submission == Submission.READY,
            col(Job.training_file).in_(named) | col(Job.validation_file).in_(named),
        )
    )
    return list(session.exec(statement))


def list_orphaned_copies_system(session: Session, *, limit: int) -> list[ProviderFile]:
    """Copies of any project of whose content no file is left; none that is being made or removed."""
    kept = exists().where(
        col(File.project_id) == col(ProviderFile.project_id),
        col(File.sha256) == col(ProviderFile.sha256),
        col(File.deleted_at).is_(None),
    )
    statement = select(ProviderFile).where(col(ProviderFile.state).in_([CopyState.SENT, CopyState.FAILED]), ~kept)
    return list(session.exec(statement.limit(limit)))
