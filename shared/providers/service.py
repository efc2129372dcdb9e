"""What workers ask about jobs at providers. How one is submitted is submission.py, how it is watched, watching.py."""

from sqlmodel import Session

from shared import clock
from shared.jobs import service as jobs
from shared.jobs.tables import Job
from shared.providers import repository
from shared.providers.tables import ProviderJob

_CLOCK_SKEW_SECONDS = 600
_MOST_IN_A_STATEMENT = 500


def find_job_pair(session: Session, project_id: str, job_id: str) -> tuple[Job, ProviderJob] | None:
    """A job and its other half."""
    job = jobs.find_job(session, project_id, job_id)
    row = repository.find_provider_job(session, project_id, job_id)
    return None if job is None or row is None else (job, row)


def get_provider_job(session: Session, project_id: str, job_id: str) -> ProviderJob:
    row = repository.find_provider_job(session, project_id, job_id)
    if row is None:
        raise RuntimeError(f"{job_id} has no provider job")
    return row


def list_taken_upstream_ids(session: Session, row: ProviderJob) -> set[str]:
    """Upstream jobs that belong to others of our jobs and are young enough to be mistaken for this one's."""
    since = int(row.first_sent_at or 0) - _CLOCK_SKEW_SECONDS
    return repository.list_taken_system(session, row.connection_id, since=since)


def find_watching_project(session: Session, connection_id: str) -> str | None:
    """A project with a job that is being watched at the connection."""
    return repository.find_any_live_project_system(session, connection_id)


def find_next_due(session: Session, connection_id: str) -> float | None:
    """When the next job of a connection is to be looked at; None when there is none."""
    return repository.find_next_due_system(session, connection_id)


def find_oldest_due(session: Session, connection_id: str, *, now: float) -> int | None:
    """When the oldest of the due jobs was made upstream."""
    return repository.find_oldest_due_system(session, connection_id, now=now)


def list_wished(session: Session, connection_id: str) -> list[ProviderJob]:
    """Due jobs of which a client wants something."""
    return repository.list_wished_system(session, connection_id, now=clock.now())


def list_watched(session: Session, connection_id: str) -> list[ProviderJob]:
    """Every job that is being watched at the connection."""
    return repository.list_watched_system(session, connection_id)


def get_by_upstream_id(session: Session, connection_id: str, upstream_job_id: str) -> ProviderJob:
    row = repository.find_by_upstream_id_system(session, connection_id, upstream_job_id)
    if row is None:
        raise RuntimeError(f"No job of ours is {upstream_job_id} at {connection_id}")
    return row


def find_upstream_ids(session: Session, connection_id: str, job_ids: list[str]) -> dict[str, str | None]:
    """Upstream ids of those of our jobs that the connection trains."""
    return {row.job_id: row.upstream_job_id for row in repository.list_of_jobs_system(session, connection_id, job_ids)}


def put_off(session: Session, connection_id: str, upstream_ids: list[str], *, until: float) -> None:
    """Look at jobs that brought nothing new later."""
    for first in range(0, len(upstream_ids), _MOST_IN_A_STATEMENT):
        some = upstream_ids[first : first + _MOST_IN_A_STATEMENT]
        repository.put_off_system(session, connection_id, some, until=until)
