"""How a job moves whose training somebody else does: what was seen there is written down here, once each.

Every function joins the caller's transaction and takes a job whose row is locked. Where the provider may say something
older than what is known, a job never goes back.
"""

from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from shared import clock
from shared.db.session import insert_ignoring_duplicates
from shared.ids import Prefix, new_id
from shared.jobs import events, repository
from shared.jobs.events import NewEvent
from shared.jobs.progress import end_cancelled, enter_paused, enter_queued_again, enter_running, enter_succeeded
from shared.jobs.states import JobStatus, is_terminal
from shared.jobs.tables import Checkpoint, Job
from shared.models import service as models


@dataclass(frozen=True)
class RemoteCheckpoint:
    """A checkpoint that lies at the provider and answers there as `upstream_name`."""

    step: int
    upstream_name: str
    is_final: bool
    metrics: dict[str, float] = field(default_factory=dict)


def lock_live(session: Session, project_id: str, job_id: str) -> Job | None:
    """The job with its row locked, or None when it has ended."""
    job = repository.lock_job(session, project_id, job_id)
    return None if job is None or is_terminal(job.status) else job


def tell(session: Session, job: Job, news: list[NewEvent]) -> None:
    """Append events in the order in which they happened there."""
    events.append_events(session, job, news)


def note_numbers(job: Job, *, hyperparameters: dict[str, Any], estimated_finish: int | None) -> None:
    """Take over what the provider has resolved and expects."""
    job.hyperparameters = {**job.hyperparameters, **hyperparameters}
    job.estimated_finish = estimated_finish


def publish_checkpoint(session: Session, job: Job, checkpoint: RemoteCheckpoint) -> None:
    """Make a provider's checkpoint a model of ours; the final one is registered when the job has succeeded."""
    name = job.tuned_model if checkpoint.is_final else f"{job.tuned_model}:ckpt-step-{checkpoint.step}"
    row = {
        "id": new_id(Prefix.CHECKPOINT),
        "project_id": job.project_id,
        "job_id": job.id,
        "step_number": checkpoint.step,
        "model_name": name,
        "metrics": checkpoint.metrics,
        "object_prefix": "",
        "created_at": clock.now_seconds(),
    }
    if insert_ignoring_duplicates(session, Checkpoint, [row]) and not checkpoint.is_final:
        _register(session, job, name, upstream_name=checkpoint.upstream_name, step=checkpoint.step)


def follow_status(session: Session, job: Job, status: JobStatus) -> None:
    """Move a job to a state in which it goes on, through those in between. Ends have functions of their own."""
    if job.status == JobStatus.PAUSED and status in {JobStatus.QUEUED, JobStatus.RUNNING}:
        enter_queued_again(session, job)
    if status == JobStatus.RUNNING and job.status == JobStatus.QUEUED:
        enter_running(session, job)
    elif status == JobStatus.PAUSED and job.status != JobStatus.PAUSED:
        enter_paused(session, job)
    session.add(job)


def finish_succeeded(
    session: Session, job: Job, *, upstream_model: str, trained_tokens: int | None, result_file: str | None
) -> None:
    """End a job whose model answers at the provider."""
    follow_status(session, job, JobStatus.RUNNING)
    newest = repository.list_checkpoints(session, job.project_id, job.id, after=None, limit=1)
    step = newest[0].step_number if newest else 0
    _register(session, job, job.tuned_model, upstream_name=upstream_model, step=step)
    enter_succeeded(session, job, trained_tokens=trained_tokens, result_file=result_file)


def finish_cancelled(session: Session, job: Job) -> None:
    end_cancelled(session, job)


def _register(session: Session, job: Job, name: str, *, upstream_name: str, step: int) -> None:
    models.register_model(
        session,
        job.project_id,
        name=name,
        base=job.model,
        job_id=job.id,
        step_number=step,
        adapter_prefix="",
        connection_id=job.connection_id,
        upstream_name=upstream_name,
    )
