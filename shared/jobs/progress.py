"""How a job moves while workers work on it: validated, started, trained on, finished. Every function joins the caller's
transaction, so that a fenced commit makes it happen once or not at all.
"""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from shared import clock
from shared.db.session import insert_ignoring_duplicates
from shared.ids import Prefix, new_id
from shared.jobs import events, naming, repository
from shared.jobs.errors import JobNotFoundError
from shared.jobs.failure import JobFailure
from shared.jobs.states import JobStatus, is_terminal, require_transition
from shared.jobs.tables import Checkpoint, Job, ResumePoint
from shared.models import service as models
from shared.providers.choice import provider_of
from shared.webhooks import service as webhooks
from shared.webhooks.events import EventType


@dataclass(frozen=True)
class StoredCheckpoint:
    """A training state that lies whole in the object store."""

    step: int
    total_steps: int
    published: bool
    metrics: dict[str, float]
    object_prefix: str

    @property
    def adapter_prefix(self) -> str:
        return f"{self.object_prefix}/adapter"


def mark_validated(
    session: Session,
    project_id: str,
    job_id: str,
    *,
    hyperparameters: dict[str, Any],
    warnings: list[events.NewEvent],
) -> None:
    """Queue a checked job with whoever trains it, with every `auto` resolved that is ours to resolve."""
    job = _lock(session, project_id, job_id)
    require_transition(job.id, job.status, JobStatus.QUEUED)
    job.status = JobStatus.QUEUED
    job.hyperparameters = hyperparameters
    events.append_events(session, job, [*warnings, events.validated()])
    provider_of(job).submit(session, job)


def tell_while_validating(session: Session, project_id: str, job_id: str, told: list[events.NewEvent]) -> None:
    """Say what the validation waits for. A job that has been stopped meanwhile says nothing more."""
    job = _lock(session, project_id, job_id)
    if job.status == JobStatus.VALIDATING_FILES:
        events.append_events(session, job, told)


def mark_running(session: Session, project_id: str, job_id: str) -> Job:
    """Start, or go on after an interruption."""
    job = _lock(session, project_id, job_id)
    if job.status != JobStatus.RUNNING:
        enter_running(session, job)
    return job


def record_steps(
    session: Session,
    project_id: str,
    job_id: str,
    *,
    steps: list[dict[str, Any]],
    estimated_finish: int | None,
) -> None:
    """Tell the metrics of steps; those told before a crash are not told again."""
    job = _lock(session, project_id, job_id)
    job.estimated_finish = estimated_finish
    events.append_events(session, job, [events.step(metrics) for metrics in steps])


def record_checkpoint(session: Session, project_id: str, job_id: str, stored: StoredCheckpoint) -> str | None:
    """Note a stored state. Returns the prefix of an older, unpublished one that nobody needs any more."""
    job = _lock(session, project_id, job_id)
    if stored.published:
        _publish_checkpoint(session, job, stored)
    previous = repository.find_resume_point(session, project_id, job_id)
    outdated = None
    if previous is None:
        previous = ResumePoint(job_id=job_id, project_id=project_id, step_number=0, object_prefix="", published=True)
    elif not previous.published and previous.object_prefix != stored.object_prefix:
        outdated = previous.object_prefix
    previous.step_number = stored.step
    previous.object_prefix = stored.object_prefix
    previous.published = stored.published
    session.add(previous)
    return outdated


def mark_succeeded(session: Session, project_id: str, job_id: str, *, trained_tokens: int, result_file: str) -> None:
    """Finish: the model answers by its name, the result file is listed, the world is told."""
    job = _lock(session, project_id, job_id)
    last = repository.list_checkpoints(session, project_id, job_id, after=None, limit=1)[0]
    _register(session, job, name=job.tuned_model, checkpoint=last)
    enter_succeeded(session, job, trained_tokens=trained_tokens, result_file=result_file)


def mark_failed(session: Session, project_id: str, job_id: str, failure: JobFailure) -> None:
    """End a job with a reason a person can act on. A job that has already ended stays as it is."""
    job = _lock(session, project_id, job_id)
    if is_terminal(job.status):
        return
    job.status = JobStatus.FAILED
    job.error_code, job.error_message, job.error_param = failure.code, failure.message, failure.param
    _finish(job)
    events.append_events(session, job, [events.failed(failure.message)])
    webhooks.tell(session, project_id, event_type=EventType.JOB_FAILED, data_id=job_id)


def enter_running(session: Session, job: Job) -> None:
    """Let a locked job that waited for its turn be in training."""
    require_transition(job.id, job.status, JobStatus.RUNNING)
    job.status = JobStatus.RUNNING
    job.started_at = job.started_at or clock.now_seconds()
    events.append_events(session, job, [events.started()])


def enter_succeeded(session: Session, job: Job, *, trained_tokens: int | None, result_file: str | None) -> None:
    """End a locked job whose model answers."""
    require_transition(job.id, job.status, JobStatus.SUCCEEDED)
    job.status = JobStatus.SUCCEEDED
    job.trained_tokens = trained_tokens
    job.result_file = result_file
    _finish(job)
    events.append_events(session, job, [events.model_created(job.tuned_model), events.succeeded()])
    webhooks.tell(session, job.project_id, event_type=EventType.JOB_SUCCEEDED, data_id=job.id)


def end_cancelled(session: Session, job: Job) -> None:
    """End a locked job that nobody trains any more."""
    require_transition(job.id, job.status, JobStatus.CANCELLED)
    job.status = JobStatus.CANCELLED
    _finish(job)
    events.append_events(session, job, [events.cancelled()])
    webhooks.tell(session, job.project_id, event_type=EventType.JOB_CANCELLED, data_id=job.id)


def enter_paused(session: Session, job: Job) -> None:
    """Let a locked job that stands still say so."""
    require_transition(job.id, job.status, JobStatus.PAUSED)
    job.status, job.pause_wanted, job.estimated_finish = JobStatus.PAUSED, False, None
    events.append_events(session, job, [events.paused(job.event_count)])


def enter_queued_again(session: Session, job: Job) -> None:
    """Let a locked job that was paused wait for its turn."""
    require_transition(job.id, job.status, JobStatus.QUEUED)
    job.status = JobStatus.QUEUED
    events.append_events(session, job, [events.resumed(job.event_count)])


def mark_paused(session: Session, project_id: str, job_id: str) -> None:
    """The engine stands still at a stored state, as a client wanted."""
    enter_paused(session, _lock(session, project_id, job_id))


def _publish_checkpoint(session: Session, job: Job, stored: StoredCheckpoint) -> None:
    name = naming.checkpoint_name(job.tuned_model, stored.step, stored.total_steps)
    row = {
        "id": new_id(Prefix.CHECKPOINT),
        "project_id": job.project_id,
        "job_id": job.id,
        "step_number": stored.step,
        "model_name": name,
        "metrics": stored.metrics,
        "object_prefix": stored.object_prefix,
        "created_at": clock.now_seconds(),
    }
    if not insert_ignoring_duplicates(session, Checkpoint, [row]):
        return
    events.append_events(session, job, [events.checkpoint_created(stored.step)])
    if name != job.tuned_model:
        checkpoint = repository.find_checkpoint(session, job.project_id, job.id, step_number=stored.step)
        if checkpoint is not None:
            _register(session, job, name=name, checkpoint=checkpoint)


def _register(session: Session, job: Job, *, name: str, checkpoint: Checkpoint) -> None:
    models.register_model(
        session,
        job.project_id,
        name=name,
        base=job.model,
        job_id=job.id,
        step_number=checkpoint.step_number,
        adapter_prefix=f"{checkpoint.object_prefix}/adapter",
    )


def _finish(job: Job) -> None:
    job.finished_at = clock.now_seconds()
    job.estimated_finish = None


def _lock(session: Session, project_id: str, job_id: str) -> Job:
    job = repository.lock_job(session, project_id, job_id)
    if job is None:
        raise JobNotFoundError(job_id)
    return job
