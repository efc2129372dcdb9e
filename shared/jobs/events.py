"""A job's events: the texts that scripts in the wild match on, and appending them without gaps or doubles."""

from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from shared import clock
from shared.ids import Prefix, new_id
from shared.jobs import repository
from shared.jobs.tables import Job, JobEvent


@dataclass(frozen=True)
class NewEvent:
    """`key` names the happening within its job; the same key is told once, however often it is appended."""

    key: str
    message: str
    level: str = "info"
    type: str = "message"
    data: dict[str, Any] | None = field(default_factory=dict)
    created_at: int | None = None
    "None: now."
    upstream_id: str | None = None


def created(job_id: str) -> NewEvent:
    return NewEvent("created", f"Created fine-tuning job: {job_id}")


def validating(training_file: str, validation_file: str | None) -> NewEvent:
    tail = f" and validation file: {validation_file}" if validation_file else ""
    return NewEvent("validating", f"Validating training file: {training_file}{tail}")


def validated() -> NewEvent:
    return NewEvent("validated", "Files validated, moving job to queued state")


def dataset_warning(param: str, code: str, text: str) -> NewEvent:
    """One kind of finding in one file."""
    return NewEvent(f"warning:{param}:{code}"[:64], text, level="warn")


def moderating(connection: str) -> NewEvent:
    """Texts leave the service, so whoever watches the job is told."""
    return NewEvent("moderating", f"Moderating the files: their texts are sent to the connection {connection}")


MODERATION_FAILED = "moderation:"
"""How the keys of events begin that tell of a moderation without an outcome."""


def moderation_failed(check_id: str, text: str) -> NewEvent:
    """One attempt of the service at the job's files."""
    return NewEvent(f"{MODERATION_FAILED}{check_id}"[:64], text, level="warn")


def started() -> NewEvent:
    return NewEvent("started", "Fine-tuning job started", data=None)


def step(metrics: dict[str, Any]) -> NewEvent:
    """`metrics` holds the wire's names; losses are told with two decimals, as the real service does."""
    number, total = metrics["step"], metrics["total_steps"]
    text = f"Step {number}/{total}: training loss={metrics['train_loss']:.2f}"
    if metrics.get("valid_loss") is not None:
        text += f", validation loss={metrics['valid_loss']:.2f}"
    if metrics.get("full_valid_loss") is not None:
        text += f", full validation loss={metrics['full_valid_loss']:.2f}"
    present = {name: value for name, value in metrics.items() if value is not None}
    return NewEvent(f"step:{number}", text, type="metrics", data=present)


def checkpoint_created(step_number: int) -> NewEvent:
    return NewEvent(f"checkpoint:{step_number}", f"Checkpoint created at step {step_number}")


def model_created(name: str) -> NewEvent:
    return NewEvent("model", f"New fine-tuned model created: {name}")


def succeeded() -> NewEvent:
    return NewEvent("succeeded", "The job has successfully completed")


def failed(message: str) -> NewEvent:
    return NewEvent("failed", f"The job failed due to {message}", level="error")


def cancelled() -> NewEvent:
    return NewEvent("cancelled", "The job was cancelled")


def cancel_asked() -> NewEvent:
    return NewEvent("cancel-asked", "Cancellation was requested; the provider has the last word on how the job ends")


def wish_refused(job: Job, wish: str, reason: str) -> NewEvent:
    """`reason` is the provider's, made harmless."""
    return NewEvent(f"refused:{job.event_count}", f"The provider did not {wish} the job: {reason}", level="warn")


def paused(times: int) -> NewEvent:
    return NewEvent(f"paused:{times}", "The job was paused")


def resumed(times: int) -> NewEvent:
    return NewEvent(f"resumed:{times}", "The job was resumed, moving it to queued state")


def append_events(session: Session, job: Job, events: list[NewEvent]) -> None:
    """Add what is not known yet, numbered on. `job` must come from repository.lock_job or be new."""
    known = repository.list_known_event_keys(session, job.project_id, job.id, [event.key for event in events])
    for event in events:
        if event.key in known:
            continue
        known.add(event.key)
        job.event_count += 1
        session.add(
            JobEvent(
                id=new_id(Prefix.JOB_EVENT),
                project_id=job.project_id,
                job_id=job.id,
                sequence=job.event_count,
                key=event.key,
                level=event.level,
                type=event.type,
                message=event.message,
                data=event.data,
                upstream_id=event.upstream_id,
                created_at=clock.now_seconds() if event.created_at is None else event.created_at,
            )
        )
    session.add(job)
