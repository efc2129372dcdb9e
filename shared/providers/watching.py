"""Watching jobs at a provider: when to look, what a look has brought, and writing it down once. Asks nobody itself."""

import math
from dataclasses import dataclass, field

import msgspec
import structlog
from sqlmodel import Session

from shared import clock
from shared.files import service as files
from shared.jobs import progress, remote
from shared.jobs.events import wish_refused
from shared.jobs.failure import JobFailure
from shared.jobs.remote import RemoteCheckpoint
from shared.jobs.results import FILENAME
from shared.jobs.states import JobStatus, is_terminal
from shared.jobs.tables import Job
from shared.providers import repository
from shared.providers.failures import CONNECTION_DELETED, describe_end
from shared.providers.shapes import UpstreamCheckpoint, UpstreamEvent, UpstreamJob, status_of
from shared.providers.tables import ProviderJob
from shared.providers.translation import Names, translate_event
from shared.providers.trouble import harmless
from shared.storage.protocol import StoredObject

log = structlog.get_logger(__name__)

_FRESH_SECONDS = 60.0
"After being sent, a job is looked at five times as often: most failures come early."
_FRESH_SHARE = 0.2
_WAITING_FACTOR = 2.0
_LONGEST_FACTOR = 6.0
_GROWTH = 1.5
_EVENTS_EVERY = 3
"Looks without news after which a running job's events are asked for although its entry has not changed."


class Watched(msgspec.Struct, frozen=True):
    """What is remembered of a job at the provider. A struct, since a round makes one for each of thousands."""

    upstream_id: str
    fingerprint: str
    quiet_polls: int
    is_running: bool
    sent_at: float
    is_due: bool

    @property
    def wants_events(self) -> bool:
        """Whether to ask for events even if the job's entry looks as it did."""
        return self.is_due and self.is_running and self.quiet_polls % _EVENTS_EVERY == 0

    def next_look(self, now: float, poll_seconds: float) -> float:
        """When to look again, after a look that brought nothing."""
        return next_look(
            now,
            is_running=self.is_running,
            quiet_polls=self.quiet_polls + 1,
            age_seconds=now - self.sent_at,
            poll_seconds=poll_seconds,
        )


@dataclass(frozen=True)
class Sighting:
    """One look at one job. Events are oldest first."""

    job: UpstreamJob
    fingerprint: str
    events: list[UpstreamEvent] = field(default_factory=list)
    checkpoints: list[UpstreamCheckpoint] = field(default_factory=list)


def list_watched(session: Session, connection_id: str, *, due_until: float) -> dict[str, Watched]:
    """Every job that is watched at a connection, by upstream id."""
    return {
        upstream_id: Watched(
            upstream_id=upstream_id,
            fingerprint=print_ or "",
            quiet_polls=quiet,
            is_running=status_of(status or "") is JobStatus.RUNNING,
            sent_at=sent_at or 0.0,
            is_due=next_look_at <= due_until,
        )
        for upstream_id, print_, quiet, status, sent_at, next_look_at in repository.list_watched_rows_system(
            session, connection_id
        )
    }


def record(session: Session, row: ProviderJob, sighting: Sighting, *, poll_seconds: float) -> JobStatus | None:
    """Write a look down. Returns the end the job has come to, which `finish` records once its results are here."""
    job = remote.lock_live(session, row.project_id, row.job_id)
    locked = repository.lock_provider_job(session, row.project_id, row.job_id)
    if locked is None:
        return None
    session.add(locked)
    if job is None:
        locked.next_poll_at = locked.wish = None
        return None
    names = names_of(job, locked, sighting.job)
    news = [event for event in (translate_event(each, names) for each in sighting.events) if event is not None]
    remote.tell(session, job, news)
    for checkpoint in sighting.checkpoints:
        remote.publish_checkpoint(session, job, _remote(checkpoint))
    remote.note_numbers(
        job,
        hyperparameters=sighting.job.resolved_hyperparameters,
        estimated_finish=sighting.job.finish_estimate,
    )
    _remember(locked, sighting, poll_seconds=poll_seconds)
    status = sighting.job.our_status
    if status is not None and is_terminal(status):
        # Not remembered before the results are here: the next look has to find it changed once more.
        locked.fingerprint = None
        return status
    if status is None:
        log.warning("provider.status_unknown", status=sighting.job.status[:32], job=row.job_id)
        return None
    remote.follow_status(session, job, status)
    return None


def finish(
    session: Session, row: ProviderJob, upstream: UpstreamJob, end: JobStatus, result: StoredObject | None
) -> None:
    """End our job as upstream's has ended; `result` is the stored file of metrics."""
    job = remote.lock_live(session, row.project_id, row.job_id)
    locked = repository.lock_provider_job(session, row.project_id, row.job_id)
    if locked is None:
        return
    session.add(locked)
    locked.next_poll_at = locked.wish = None
    if job is None:
        return
    if end is JobStatus.SUCCEEDED:
        result_file = None if result is None else _make_result_file(session, job, result)
        model = upstream.fine_tuned_model or ""
        remote.finish_succeeded(
            session, job, upstream_model=model, trained_tokens=upstream.tokens, result_file=result_file
        )
    elif end is JobStatus.FAILED:
        progress.mark_failed(session, job.project_id, job.id, _failure(job, locked, upstream))
    else:
        remote.finish_cancelled(session, job)


def settle_wish(session: Session, row: ProviderJob, *, refusal: str | None) -> None:
    """Forget a wish that upstream has taken or refused. A refusal is told to the client as an event."""
    job = remote.lock_live(session, row.project_id, row.job_id)
    locked = repository.lock_provider_job(session, row.project_id, row.job_id)
    if locked is None:
        return
    wish, locked.wish = locked.wish, None
    session.add(locked)
    if job is not None and refusal is not None and wish is not None:
        remote.tell(session, job, [wish_refused(job, wish, refusal)])


def abandon(session: Session, row: ProviderJob) -> None:
    """End our job whose connection was deleted."""
    progress.mark_failed(session, row.project_id, row.job_id, CONNECTION_DELETED)
    _stop_looking(session, row)


def lose(session: Session, row: ProviderJob) -> None:
    """End our job whose upstream job is not there any more."""
    told = "The provider does not know the job any more. It was deleted there, or belongs to another key."
    progress.mark_failed(session, row.project_id, row.job_id, JobFailure("provider_job_missing", told))
    _stop_looking(session, row)


def result_key(project_id: str, job_id: str) -> str:
    """Where the metrics of a job are stored."""
    return f"jobs/{project_id}/{job_id}/{FILENAME}"


def names_of(job: Job, row: ProviderJob, upstream: UpstreamJob) -> Names:
    """What upstream's texts call things, and what our client does."""
    return Names(
        {
            row.upstream_job_id: job.id,
            row.upstream_training_file: job.training_file,
            row.upstream_validation_file: job.validation_file or "",
            upstream.fine_tuned_model: job.tuned_model,
        }
    )


def next_look(now: float, *, is_running: bool, quiet_polls: int, age_seconds: float, poll_seconds: float) -> float:
    """Soon after submission, steadily while running, more and more seldom while nothing happens.

    Moments lie on a grid that all jobs of a connection share, so that one round finds many of them due.
    """
    if age_seconds < _FRESH_SECONDS:
        step = pause = poll_seconds * _FRESH_SHARE
    else:
        step = poll_seconds
        waiting = poll_seconds * min(_LONGEST_FACTOR, _WAITING_FACTOR * _GROWTH**quiet_polls)
        pause = poll_seconds if is_running else waiting
    return math.floor((now + pause) / step) * step


def _remember(row: ProviderJob, sighting: Sighting, *, poll_seconds: float) -> None:
    is_news = bool(sighting.events) or sighting.fingerprint != row.fingerprint
    row.quiet_polls = 0 if is_news else row.quiet_polls + 1
    row.fingerprint = sighting.fingerprint
    row.upstream_status = sighting.job.status[:32]
    if sighting.events:
        row.newest_event_id = sighting.events[-1].id[:128]
    row.next_poll_at = next_look(
        clock.now(),
        is_running=sighting.job.our_status is JobStatus.RUNNING,
        quiet_polls=row.quiet_polls,
        age_seconds=clock.now() - (row.last_sent_at or 0.0),
        poll_seconds=poll_seconds,
    )


def _remote(checkpoint: UpstreamCheckpoint) -> RemoteCheckpoint:
    return RemoteCheckpoint(
        step=checkpoint.step_number,
        upstream_name=checkpoint.fine_tuned_model_checkpoint[:256],
        is_final=checkpoint.is_final,
        metrics=checkpoint.numbers,
    )


def _make_result_file(session: Session, job: Job, result: StoredObject) -> str:
    key = result_key(job.project_id, job.id)
    file = files.create_result_file(session, job.project_id, object_key=key, filename=FILENAME, stored=result)
    return file.id


def _failure(job: Job, row: ProviderJob, upstream: UpstreamJob) -> JobFailure:
    code, message, param = upstream.failure
    told = None if message is None else harmless(names_of(job, row, upstream).translate(message), max_chars=1000)
    return describe_end(
        harmless(code, max_chars=64) if code else None, told, harmless(param, max_chars=64) if param else None
    )


def _stop_looking(session: Session, row: ProviderJob) -> None:
    locked = repository.lock_provider_job(session, row.project_id, row.job_id)
    if locked is not None:
        locked.next_poll_at = locked.wish = None
        session.add(locked)
