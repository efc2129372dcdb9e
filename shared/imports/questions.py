"""Which tuned models of an import are asked what: their validation data, or rows of their training data, or a file."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlmodel import Session

from shared.datasets.tokens.inference_prices import find_inference_price
from shared.errors import InvalidInputError
from shared.files import service as files
from shared.imports import repository, service
from shared.imports.tables import Import, ObjectKind, ObjectState
from shared.jobs import service as jobs
from shared.models import service as models
from shared.models.service import ModelNotFoundError
from shared.recordings import service as recordings
from shared.recordings.budget import Price
from shared.recordings.service import RecordingRequest
from shared.recordings.tables import Recording, RecordingState
from shared.settings import Settings

_MOST_MODELS = 1000
_STILL_GOOD = {RecordingState.WAITING, RecordingState.RUNNING}


class NothingToAskError(InvalidInputError):
    """No model, or no prompts for it."""

    code = "nothing_to_record"


@dataclass(frozen=True)
class Wish:
    """What to record. Budgets are for all models together, and shared evenly among them."""

    model: str | None = None
    "As it is called here; None for every tuned model of the import that still answers."
    file_id: str | None = None
    "None for each model's own data."
    sample: int = 200
    seed: int = 0
    options: dict[str, Any] | None = None
    concurrency: int = 4
    price: Price | None = None
    budget_tokens: int | None = None
    budget_micros: int | None = None


def record(session: Session, running: Import, wish: Wish, *, settings: Settings) -> list[Recording]:
    """Recordings for every model that is meant. One that is under way or whole is given back instead of a second."""
    names = [wish.model] if wish.model is not None else list(_tuned_models(session, running))
    requests = [_request(session, running, name, wish, settings=settings) for name in names]
    planned = [request for request in requests if request is not None]
    if not planned:
        raise NothingToAskError(
            f"Import {running.id} has copied no tuned model with data to ask from. "
            "Run it first, or give `model` and `file`.",
            param="model",
        )
    return [
        _find_same(session, running, request)
        or recordings.create_recording(
            session, running.project_id, import_id=running.id, request=_share(request, len(planned))
        )
        for request in planned
    ]


def _tuned_models(session: Session, running: Import) -> Iterator[str]:
    """Finished models, not the checkpoints on the way to them."""
    rows = repository.list_objects(
        session, running.project_id, running.id, limit=_MOST_MODELS, kind=ObjectKind.MODEL, state=ObjectState.COPIED
    )
    yield from (row.local_id for row in rows if row.document.get("is_final"))


def _request(
    session: Session, running: Import, name: str, wish: Wish, *, settings: Settings
) -> RecordingRequest | None:
    """None for a model without data, unless it was asked for by name."""
    row = models.find_model(session, running.project_id, name)
    if row is None and name not in settings.base_models:
        raise ModelNotFoundError(name)
    if wish.file_id is not None:
        files.get_file(session, running.project_id, wish.file_id)
    file_id = wish.file_id or (_own_data(session, running, row.job_id) if row is not None else None)
    if file_id is None:
        if wish.model is None:
            return None
        raise NothingToAskError(f"`{name}` has no data of its own here; give `file`.", param="file")
    return RecordingRequest(
        model=name,
        file_id=file_id,
        sample=wish.sample,
        seed=wish.seed,
        options=wish.options or {},
        concurrency=wish.concurrency,
        price=wish.price or _known_price(row.base if row is not None and row.connection_id else None),
        budget_tokens=wish.budget_tokens,
        budget_micros=wish.budget_micros,
    )


def _own_data(session: Session, running: Import, job_id: str) -> str | None:
    """The validation file of the model's job, else its training file: whichever is here."""
    job = jobs.find_job(session, running.project_id, job_id)
    named = [] if job is None else [job.validation_file, job.training_file]
    return next((name for name in named if name and service.is_copied_file(session, running.project_id, name)), None)


def _known_price(base: str | None) -> Price | None:
    found = find_inference_price(base) if base is not None else None
    if found is None:
        return None
    return Price(
        found.input_per_million, found.output_per_million, found.currency, found.as_of.isoformat(), found.source
    )


def _share(request: RecordingRequest, shares: int) -> RecordingRequest:
    """Every model may use up the same part of the budget."""
    tokens = None if request.budget_tokens is None else request.budget_tokens // shares
    micros = None if request.budget_micros is None else request.budget_micros // shares
    return replace(request, budget_tokens=tokens, budget_micros=micros)


def _find_same(session: Session, running: Import, request: RecordingRequest) -> Recording | None:
    for recording in recordings.list_recordings(session, running.project_id, running.id):
        is_same = (recording.model, recording.file_id, recording.sample, recording.seed, recording.options) == (
            request.model, request.file_id, request.sample, request.seed, request.options,
        )  # fmt: skip
        is_whole = recording.state == RecordingState.SUCCEEDED and recording.ended_by == "answers"
        if is_same and recording.follows is None and (recording.state in _STILL_GOOD or is_whole):
            return recording
    return None
