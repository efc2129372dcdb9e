"""How a job comes into being upstream, once: rows for every moment at which a process may die.

Before the request leaves, SUBMITTING is committed. An answer makes it SUBMITTED or REFUSED. Everything else (a lost
answer, a timeout, a 5xx, our own death) leaves it unknown, and then the upstream's list is searched for our mark
before anything is sent again. Why: docs/decisions/0017-a-job-is-submitted-exactly-once.md.
"""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from shared import clock
from shared.jobs import progress
from shared.jobs.failure import JobFailure
from shared.jobs.tables import Job
from shared.outbox.add import wake_work
from shared.providers import repository, shapes
from shared.providers.tables import ProviderJob, Submission
from shared.providers.wire import Wire
from shared.tasks import Work

MOST_SENDS = 5
"Requests, each with all of the settling time behind it, after which a person has to look."
FIRST_SEARCH_SHARE = 1 / 30
"Of the settling time: most lists show a job at once."
_CLOCK_SKEW_SECONDS = 600.0


@dataclass(frozen=True)
class Found:
    """An upstream job that carries our mark."""

    id: str
    created_at: float


def mark_name(connection_id: str) -> str:
    """The metadata key of our mark. Of the connection, so that a Tunery behind a Tunery finds room for its own."""
    return f"tunery_{connection_id}"


def request_body(job: Job, row: ProviderJob, *, training_file: str, validation_file: str | None) -> dict[str, Any]:
    """What is sent: the client's wishes as they came, with upstream's names and our mark."""
    body: dict[str, Any] = {
        "model": row.upstream_model,
        "training_file": training_file,
        "seed": job.seed,
        "metadata": {**(job.labels or {}), mark_name(row.connection_id): job.id},
        **row.asked,
    }
    optional = {"validation_file": validation_file, "suffix": job.suffix}
    return body | {name: value for name, value in optional.items() if value is not None}


def mark_submitting(
    session: Session, project_id: str, job_id: str, *, training_file: str, validation_file: str | None
) -> None:
    """Write down that a request is about to leave that may make a job."""
    row = _get(session, project_id, job_id)
    now = clock.now()
    row.submission = Submission.SUBMITTING
    row.sends += 1
    row.first_sent_at = row.first_sent_at or now
    row.last_sent_at = now
    row.upstream_training_file, row.upstream_validation_file = training_file, validation_file


def mark_ready(session: Session, project_id: str, job_id: str, *, error: str | None, was_sent: bool = False) -> None:
    """There is certainly no job: it may be sent (again)."""
    row = _get(session, project_id, job_id)
    row.submission, row.last_error = Submission.READY, error
    if not was_sent:
        row.sends -= 1


def mark_unknown(session: Session, project_id: str, job_id: str, *, error: str) -> None:
    row = _get(session, project_id, job_id)
    row.submission, row.last_error = Submission.UNKNOWN, error


def mark_submitted(session: Session, project_id: str, job_id: str, *, found: Found) -> None:
    """The job is there; from now on its connection's worker watches it."""
    row = _get(session, project_id, job_id)
    row.submission, row.last_error = Submission.SUBMITTED, None
    row.upstream_job_id, row.upstream_created_at = found.id, int(found.created_at)
    row.next_poll_at = clock.now()
    session.flush()
    wake_work(session, kind=Work.POLL_CONNECTION, project_id=project_id, subject_id=row.connection_id)


def mark_refused(session: Session, project_id: str, job_id: str, failure: JobFailure) -> None:
    """There is no job upstream and will be none: ours ends, with the reason."""
    progress.mark_failed(session, project_id, job_id, failure)
    row = _get(session, project_id, job_id)
    row.submission, row.next_poll_at, row.wish = Submission.REFUSED, None, None
    row.last_error = failure.message[:500]


def find_marked(wire: Wire, job: Job, row: ProviderJob, *, taken: set[str]) -> list[Found]:
    """Upstream jobs that carry our mark, oldest first.

    The filter by metadata is asked for and not believed in: an upstream that ignores it lists everything, which is
    paged through as far back as our first request. A job whose metadata an upstream has dropped is known by its
    training file and seed, unless it is `taken` by another job of ours. Raises UpstreamTroubleError.
    """
    since = (row.first_sent_at or 0.0) - _CLOCK_SKEW_SECONDS
    labels = {mark_name(row.connection_id): row.job_id}
    found: list[Found] = []
    for page in wire.list_jobs(labels=labels):
        marked = [entry for entry, _ in page if _is_marked(entry, job, row, since, taken)]
        found += [Found(entry.id, entry.created_at or clock.now()) for entry in marked]
        if any((entry.created_at or since) < since for entry, _ in page):
            break
    return sorted(found, key=lambda job: (job.created_at, job.id))


def is_settled(row: ProviderJob, *, settle_seconds: float) -> bool:
    """Whether a job would be in the list by now, had the last request made one."""
    return clock.now() >= (row.last_sent_at or 0.0) + settle_seconds


def next_search_at(row: ProviderJob, *, settle_seconds: float) -> float:
    """A thirtieth, a fifth and all of the settling time after the last request."""
    sent_at = row.last_sent_at or 0.0
    moments = [sent_at + settle_seconds * share for share in (FIRST_SEARCH_SHARE, 1 / 5, 1)]
    return next((moment for moment in moments if moment > clock.now()), clock.now())


def _is_marked(entry: shapes.Entry, job: Job, row: ProviderJob, since: float, taken: set[str]) -> bool:
    if isinstance(entry.metadata, dict) and entry.metadata:
        return bool(entry.metadata.get(mark_name(row.connection_id)) == row.job_id)
    is_alike = entry.training_file == row.upstream_training_file and entry.seed == job.seed
    return is_alike and (entry.created_at or since) >= since and entry.id not in taken


def _get(session: Session, project_id: str, job_id: str) -> ProviderJob:
    row = repository.lock_provider_job(session, project_id, job_id)
    if row is None:
        raise RuntimeError(f"{job_id} has no provider job")
    session.add(row)
    return row
