"""Use cases of recordings that a request asks for: start, look, cancel. How one moves is told in progress.py."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from shared import clock
from shared.ids import Prefix, new_id
from shared.outbox.add import add_work, withdraw_work
from shared.recordings import repository
from shared.recordings.budget import Price
from shared.recordings.errors import (
    PriceUnknownError,
    RecordingNotFoundError,
    RecordingStateError,
    TooManyRecordingsError,
)
from shared.recordings.tables import (
    UNDER_WAY,
    AnswerState,
    RecordedAnswer,
    Recording,
    RecordingPrompt,
    RecordingState,
)
from shared.tasks import Work

MAX_PROMPTS = 5000
MOST_UNDER_WAY = 1000
"Of a project: an import has up to so many models, and each may be asked once at a time."
_ROWS_AT_ONCE = 200


@dataclass(frozen=True)
class RecordingRequest:
    """What to ask a model, already checked for form. Prompts come from a file or from another recording."""

    model: str
    file_id: str | None = None
    follows: str | None = None
    job_id: str | None = None
    sample: int | None = None
    seed: int = 0
    options: dict[str, Any] = field(default_factory=dict)
    concurrency: int = 4
    price: Price | None = None
    budget_tokens: int | None = None
    budget_micros: int | None = None


def create_recording(session: Session, project_id: str, *, import_id: str, request: RecordingRequest) -> Recording:
    """Ask for answers. Raises PriceUnknownError for a budget in money without a price, TooManyRecordingsError."""
    if request.budget_micros is not None and request.price is None:
        raise PriceUnknownError(request.model)
    if repository.count_under_way(session, project_id, limit=MOST_UNDER_WAY) >= MOST_UNDER_WAY:
        raise TooManyRecordingsError
    recording = Recording(
        id=new_id(Prefix.RECORDING),
        project_id=project_id,
        import_id=import_id,
        model=request.model,
        job_id=request.job_id,
        follows=request.follows,
        file_id=request.file_id,
        sample=request.sample,
        seed=request.seed,
        options=request.options,
        concurrency=request.concurrency,
        state=RecordingState.RUNNING if request.job_id is None else RecordingState.WAITING,
        price=None if request.price is None else request.price.to_dict(),
        budget_tokens=request.budget_tokens,
        budget_micros=request.budget_micros,
        created_at=clock.now_seconds(),
    )
    session.add(recording)
    add_work(session, kind=Work.RECORD_ANSWERS, project_id=project_id, subject_id=recording.id)
    return recording


def find_recording(session: Session, project_id: str, recording_id: str) -> Recording | None:
    return repository.find_recording(session, project_id, recording_id)


def get_recording(session: Session, project_id: str, recording_id: str) -> Recording:
    """Raises RecordingNotFoundError, for a stranger's recording too."""
    found = repository.find_recording(session, project_id, recording_id)
    if found is None:
        raise RecordingNotFoundError(recording_id)
    return found


def list_recordings(
    session: Session, project_id: str, import_id: str, *, after: str | None = None, limit: int = 1000
) -> list[Recording]:
    """Newest first."""
    return repository.list_recordings(session, project_id, import_id, after=after, limit=limit)


def count_answers(session: Session, project_id: str, recording_id: str) -> dict[str, int]:
    """Answers by state."""
    return repository.count_answers(session, project_id, recording_id)


def list_answers(
    session: Session,
    project_id: str,
    recording_id: str,
    *,
    after: int = -1,
    limit: int,
    states: tuple[AnswerState, ...] = tuple(AnswerState),
) -> list[tuple[RecordingPrompt, RecordedAnswer]]:
    """Prompts in their order with their answers, from the position behind `after` on."""
    return repository.list_answers(session, project_id, recording_id, after=after, limit=limit, states=states)


def iterate_answers(
    session: Session, project_id: str, recording_id: str, *, states: tuple[AnswerState, ...] = tuple(AnswerState)
) -> Iterator[tuple[RecordingPrompt, RecordedAnswer]]:
    """All of them, some at a time."""
    after = -1
    while rows := list_answers(session, project_id, recording_id, after=after, limit=_ROWS_AT_ONCE, states=states):
        yield from rows
        after = rows[-1][0].position


def cancel_recording(session: Session, project_id: str, recording_id: str) -> Recording:
    """Stop asking. Answers that are here stay. Raises RecordingStateError for one that has ended."""
    withdraw_work(session, kind=Work.RECORD_ANSWERS, project_id=project_id, subject_id=recording_id)
    recording = repository.lock_recording(session, project_id, recording_id)
    if recording is None:
        raise RecordingNotFoundError(recording_id)
    if recording.state not in UNDER_WAY:
        raise RecordingStateError(f"Recording {recording_id} is {recording.state}: there is nothing to cancel.")
    recording.state, recording.finished_at = RecordingState.CANCELLED, clock.now_seconds()
    session.add(recording)
    return recording


def cancel_active(session: Session, project_id: str, import_id: str) -> int:
    """Stop every recording of an import that is under way; how many."""
    active = [row for row in list_recordings(session, project_id, import_id) if row.state in UNDER_WAY]
    for recording in active:
        cancel_recording(session, project_id, recording.id)
    return len(active)
