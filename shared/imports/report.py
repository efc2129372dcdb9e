"""What an organization stands to lose and when, what is safe here, and old answers beside new ones. One document that
the API answers and the page shows; looks at rows and asks nobody.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from sqlmodel import Session

from shared.connections import service as connections
from shared.connections.errors import ConnectionNotFoundError
from shared.connections.kinds import ConnectionKind
from shared.imports import repository, retraining
from shared.imports.comparison import compare
from shared.imports.foreign import name_of
from shared.imports.tables import Import, ImportedObject, ObjectKind, ObjectState, Retraining
from shared.jobs import service as jobs
from shared.jobs.states import JobStatus
from shared.recordings import service as recordings
from shared.recordings.budget import amount
from shared.recordings.tables import AnswerState, Recording
from shared.retiring.dates import last_day_of, last_day_of_training

MOST_MODELS, MOST_PROBLEMS = 1000, 500
_NOTICES_OF = ConnectionKind.OPENAI
"Whose notices hold: an organization of OpenAI is what one leaves, through whichever address it is reached."


def make_report(session: Session, running: Import, *, now: float) -> dict[str, Any]:
    """The document, as docs/api.md describes it."""
    today = datetime.fromtimestamp(now, UTC).date()
    asked = list(reversed(recordings.list_recordings(session, running.project_id, running.id)))
    retrained = list(reversed(retraining.list_retrainings(session, running.project_id, running.id)))
    models = list(_models(session, running, today, asked, retrained))
    return {
        "import": running.id,
        "connection": _connection(session, running),
        "state": running.state,
        "as_of": int(now),
        "training_ends": _training_ends(today),
        "summary": _summary(models),
        "at_risk": models,
        "rescued": _rescued(session, running),
        "problems": [_problem(row) for row in _failed(session, running)],
        "recordings": [_recording(session, row) for row in asked if row.follows is None],
        "retrainings": [_retraining(session, row) for row in retrained],
        "comparisons": [compare(session, row) for row in asked if row.follows is not None],
    }


def _training_ends(today: date) -> dict[str, Any] | None:
    ends = last_day_of_training(_NOTICES_OF)
    if ends is None:
        return None
    return {"day": ends.day.isoformat(), "days_left": ends.days_left(today), "source": ends.source}


def _connection(session: Session, running: Import) -> dict[str, Any]:
    try:
        connection = connections.get_connection(session, running.project_id, running.connection_id)
    except ConnectionNotFoundError:
        return {"id": running.connection_id, "name": None, "base_url": None}
    return {"id": connection.id, "name": connection.name, "base_url": connection.base_url}


def _models(
    session: Session, running: Import, today: date, asked: list[Recording], retrained: list[Retraining]
) -> Iterator[dict[str, Any]]:
    """Tuned models by their last day, those without one at the end."""
    rows = repository.list_objects(session, running.project_id, running.id, limit=MOST_MODELS, kind=ObjectKind.MODEL)
    found = [
        _model(session, running, row, today=today, asked=asked, retrained=retrained)
        for row in rows
        if row.document.get("is_final")
    ]
    yield from sorted(found, key=lambda model: (model["last_day"] or "9999", model["created_at"] or 0, model["model"]))


def _model(
    session: Session,
    running: Import,
    row: ImportedObject,
    *,
    today: date,
    asked: list[Recording],
    retrained: list[Retraining],
) -> dict[str, Any]:
    base = name_of(row.document, "base") or row.upstream_id
    told = {**running.upstream_models, row.upstream_id: row.outcome.get("shutdown_date")}
    ends = last_day_of(_NOTICES_OF, row.upstream_id, told, base=base)
    job = None
    if row.parent is not None:
        job = repository.find_by_upstream_id(
            session, running.project_id, running.id, kind=ObjectKind.JOB, upstream_id=row.parent
        )
    job_id = job.local_id if job is not None and job.state == ObjectState.COPIED else None
    days_left = None if ends is None else ends.days_left(today)
    return {
        "model": row.upstream_id,
        "base": base,
        "created_at": row.upstream_created_at,
        "last_day": None if ends is None else ends.day.isoformat(),
        "days_left": days_left,
        "source": None if ends is None else ends.source,
        "is_gone": row.reason_code == "model_gone" or (days_left is not None and days_left < 0),
        "upstream_job": row.parent,
        "job": job_id,
        "has_history": job_id is not None,
        "has_data": job_id is not None and _has_data(session, running, job_id),
        "recordings": [each.id for each in asked if each.model == row.local_id and _has_answers(session, each)],
        "retrained_as": [each.new_job for each in retrained if each.old_job == job_id and _is_made(session, each)],
    }


def _has_data(session: Session, running: Import, job_id: str) -> bool:
    job = jobs.find_job(session, running.project_id, job_id)
    found = None
    if job is not None:
        found = repository.find_by_local_id(
            session, running.project_id, kind=ObjectKind.FILE, local_id=job.training_file
        )
    return found is not None and found.state == ObjectState.COPIED


def _has_answers(session: Session, row: Recording) -> bool:
    return recordings.count_answers(session, row.project_id, row.id)[AnswerState.ANSWERED] > 0


def _is_made(session: Session, row: Retraining) -> bool:
    job = jobs.find_job(session, row.project_id, row.new_job)
    return job is not None and job.status == JobStatus.SUCCEEDED


def _summary(models: list[dict[str, Any]]) -> dict[str, Any]:
    living = [model for model in models if not model["is_gone"]]
    dated = [model["days_left"] for model in living if model["days_left"] is not None]
    return {
        "models": len(models),
        "gone": len(models) - len(living),
        "at_risk": len(dated),
        "days_left": min(dated, default=None),
        "with_data": sum(model["has_data"] for model in models),
        "with_answers": sum(bool(model["recordings"]) for model in models),
        "retrained": sum(bool(model["retrained_as"]) for model in models),
    }


def _rescued(session: Session, running: Import) -> dict[str, Any]:
    counts = repository.count_objects(session, running.project_id, running.id)
    states = [str(state) for state in ObjectState]
    kinds: dict[str, Any] = {kind: {state: told.get(state, 0) for state in states} for kind, told in counts.items()}
    totals = repository.sum_outcomes(session, running.project_id, running.id)
    return kinds | totals


def _failed(session: Session, running: Import) -> list[ImportedObject]:
    return repository.list_objects(
        session, running.project_id, running.id, limit=MOST_PROBLEMS, state=ObjectState.FAILED
    )


def _problem(row: ImportedObject) -> dict[str, Any]:
    return {"kind": row.kind, "upstream_id": row.upstream_id, "code": row.reason_code, "reason": row.reason}


def _recording(session: Session, row: Recording) -> dict[str, Any]:
    counts = recordings.count_answers(session, row.project_id, row.id)
    currency = None if row.price is None else row.price["currency"]
    return {
        "id": row.id,
        "model": row.model,
        "state": row.state,
        "ended_by": row.ended_by,
        "prompts": row.n_prompts,
        "answered": counts[AnswerState.ANSWERED],
        "failed": counts[AnswerState.FAILED],
        "spent": {
            "tokens": row.spent_tokens,
            "amount": amount(row.spent_micros) if currency else None,
            "currency": currency,
        },
        "labels_file": row.labels_file,
        "error": None if row.error_code is None else {"code": row.error_code, "message": row.error_message},
    }


def _retraining(session: Session, row: Retraining) -> dict[str, Any]:
    job = jobs.find_job(session, row.project_id, row.new_job)
    is_made = job is not None and job.status == JobStatus.SUCCEEDED
    return {
        "id": row.id,
        "old_job": row.old_job,
        "new_job": row.new_job,
        "base": row.base,
        "status": None if job is None else job.status,
        "model": job.tuned_model if job is not None and is_made else None,
        "training_file": row.training_file,
        "hyperparameters": row.hyperparameters,
        "notes": row.notes,
    }
