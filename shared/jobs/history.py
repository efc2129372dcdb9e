"""Jobs that ended elsewhere, kept as they were: no work is asked for, nobody is told, nothing is trained."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from shared.db.session import insert_ignoring_duplicates
from shared.ids import Prefix, new_id
from shared.jobs.states import is_terminal
from shared.jobs.tables import Checkpoint, Job, JobEvent

_KEY_LIMIT = 64
_ROWS_A_STATEMENT = 500


@dataclass(frozen=True)
class PastEvent:
    """`key` names the happening within its job, as in jobs/events.py."""

    key: str
    message: str
    created_at: int
    level: str = "info"
    type: str = "message"
    data: dict[str, Any] | None = None
    upstream_id: str | None = None


@dataclass(frozen=True)
class PastJob:
    """A job that has ended, in our terms: ids are of rows here, times are those of back then."""

    id: str
    status: str
    model: str
    training_file: str
    created_at: int
    tuned_model: str
    connection_id: str | None = None
    validation_file: str | None = None
    method: str = "supervised"
    hyperparameters: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    suffix: str | None = None
    labels: dict[str, str] | None = None
    trained_tokens: int | None = None
    result_file: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    error_param: str | None = None
    started_at: int | None = None
    finished_at: int | None = None


def record_job(
    session: Session, project_id: str, *, organization_id: str, past: PastJob, events: Sequence[PastEvent]
) -> None:
    """Keep an ended job and its events, oldest first. Keeping it again changes nothing."""
    if not is_terminal(past.status):
        raise ValueError(f"{past.id} is {past.status}: only a job that has ended is history")
    row = {**vars(past), "project_id": project_id, "organization_id": organization_id, "event_count": len(events)}
    if not insert_ignoring_duplicates(session, Job, [row | {"estimated_finish": None}]):
        return
    rows = [_event_row(project_id, past.id, number, event) for number, event in enumerate(events, start=1)]
    for start in range(0, len(rows), _ROWS_A_STATEMENT):
        insert_ignoring_duplicates(session, JobEvent, rows[start : start + _ROWS_A_STATEMENT])


def record_checkpoint(
    session: Session,
    project_id: str,
    *,
    checkpoint_id: str,
    job_id: str,
    step_number: int,
    model_name: str,
    metrics: dict[str, float],
    created_at: int,
) -> None:
    """Keep a checkpoint whose weights lie elsewhere. Keeping it again changes nothing."""
    row = {
        "id": checkpoint_id,
        "project_id": project_id,
        "job_id": job_id,
        "step_number": step_number,
        "model_name": model_name,
        "metrics": metrics,
        "object_prefix": "",
        "created_at": created_at,
    }
    insert_ignoring_duplicates(session, Checkpoint, [row])


def _event_row(project_id: str, job_id: str, sequence: int, event: PastEvent) -> dict[str, Any]:
    return {
        "id": new_id(Prefix.JOB_EVENT, made_at=event.created_at),
        "project_id": project_id,
        "job_id": job_id,
        "sequence": sequence,
        "key": event.key[:_KEY_LIMIT],
        "level": event.level,
        "type": event.type,
        "message": event.message,
        "data": event.data,
        "upstream_id": event.upstream_id,
        "created_at": event.created_at,
    }
