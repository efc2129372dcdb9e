"""How a recording moves while a worker asks: prompts chosen, asked, answered, ended. Every function joins the caller's
transaction, so that a fenced commit makes it happen once or not at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from shared import clock
from shared.ids import Prefix, new_id
from shared.recordings import repository
from shared.recordings.budget import NOTHING, Cost
from shared.recordings.prompts import Prompt, fingerprint
from shared.recordings.tables import AnswerState, RecordedAnswer, Recording, RecordingState

_ERROR_LIMIT = 1000
_ROWS_A_STATEMENT = 200


@dataclass(frozen=True)
class Answer:
    """What came back for one prompt."""

    message: dict[str, Any]
    finish_reason: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    "None where whoever answered did not say."
    seconds: float


def keep_prompts(session: Session, recording: Recording, prompts: Sequence[Prompt]) -> None:
    """Choose what is asked. A prompt that this model was asked before, with the same options, keeps its answer."""
    for start in range(0, len(prompts), _ROWS_A_STATEMENT):
        some = prompts[start : start + _ROWS_A_STATEMENT]
        hashes = [fingerprint(prompt.request | recording.options) for prompt in some]
        answers = [
            _answer_row(recording, prompt, request_hash) for prompt, request_hash in zip(some, hashes, strict=True)
        ]
        repository.add_prompts(session, recording.project_id, answers=answers, prompts=[])
        ids = repository.find_answer_ids(session, recording.project_id, model=recording.model, hashes=hashes)
        places = [
            {
                "recording_id": recording.id,
                "position": start + place,
                "answer_id": ids[request_hash],
                "line": prompt.line,
            }
            for place, (prompt, request_hash) in enumerate(zip(some, hashes, strict=True))
        ]
        repository.add_prompts(session, recording.project_id, answers=[], prompts=places)
    repository.try_failed_again(session, recording.project_id, recording.id)
    recording.n_prompts = len(prompts)
    session.add(recording)


def take(session: Session, recording: Recording, answer_ids: Sequence[str]) -> set[str]:
    """Note that these are on their way, before they are sent; the ids of those that no other recording has taken."""
    return repository.mark_asked(session, recording.project_id, answer_ids, recording_id=recording.id)


def list_lost(session: Session, recording: Recording) -> list[RecordedAnswer]:
    """Prompts that were on their way when whoever asked ended: nobody knows whether they were answered.

    Those of the recording itself, and its prompts that another one, of whichever import, has left behind.
    """
    ours = repository.list_asked_by(session, recording.project_id, recording.id)
    return ours + repository.list_left_behind(session, recording.project_id, recording.id)


def take_back(session: Session, recording: Recording, answer: RecordedAnswer, *, lost: Cost) -> None:
    """Put back a prompt of `list_lost`, which counts as paid; nothing happens if another recording was first."""
    if repository.put_back(session, recording.project_id, answer.id, asked_by=answer.asked_by):
        spend(session, recording, lost)


def keep_answer(session: Session, recording: Recording, answer_id: str, answer: Answer, cost: Cost) -> None:
    """Keep an answer and what it cost, together: it is never asked for again."""
    row = _answer(session, recording, answer_id)
    row.state, row.error = AnswerState.ANSWERED, None
    row.message, row.finish_reason = answer.message, answer.finish_reason
    row.prompt_tokens, row.completion_tokens = answer.prompt_tokens, answer.completion_tokens
    row.seconds, row.answered_at = round(answer.seconds, 3), clock.now_seconds()
    session.add(row)
    spend(session, recording, cost, has_answered=True)


def keep_refusal(session: Session, recording: Recording, answer_id: str, words: str, *, lost: Cost = NOTHING) -> None:
    """Keep why a prompt has no answer. `lost` is what one that never came may have cost."""
    row = _answer(session, recording, answer_id)
    row.state, row.error = AnswerState.FAILED, words[:_ERROR_LIMIT]
    session.add(row)
    spend(session, recording, lost)


def ask_later(
    session: Session, recording: Recording, answer_id: str, *, lost: Cost = NOTHING, counts_as_try: bool = True
) -> None:
    """Put a prompt back. `lost` is what its answer may have cost where nobody knows whether there was one."""
    row = _answer(session, recording, answer_id)
    if row.state == AnswerState.ASKED:
        row.state, row.asked_by = AnswerState.PENDING, None
        row.tries -= 0 if counts_as_try else 1
        session.add(row)
    spend(session, recording, lost)


def spend(session: Session, recording: Recording, cost: Cost, *, has_answered: bool = False) -> None:
    """Count a cost against the budget; an answer also shows that the upstream is there."""
    recording.spent_tokens += cost.tokens
    recording.spent_micros += cost.micros
    if has_answered:
        recording.failures = 0
    session.add(recording)


def start(session: Session, recording: Recording) -> None:
    """The job it waited for has made its model."""
    recording.state = RecordingState.RUNNING
    session.add(recording)


def end(session: Session, recording: Recording, *, ended_by: str, labels_file: str | None) -> None:
    recording.state, recording.ended_by = RecordingState.SUCCEEDED, ended_by
    recording.labels_file, recording.finished_at = labels_file, clock.now_seconds()
    session.add(recording)


def fail(session: Session, recording: Recording, error_code: str, message: str) -> None:
    """End it with a reason a person can act on. Answers that are here stay."""
    recording.state, recording.finished_at = RecordingState.FAILED, clock.now_seconds()
    recording.error_code, recording.error_message = error_code, message[:_ERROR_LIMIT]
    session.add(recording)


def is_over(recording: Recording) -> bool:
    return recording.state not in {RecordingState.WAITING, RecordingState.RUNNING}


def _answer(session: Session, recording: Recording, answer_id: str) -> RecordedAnswer:
    row = repository.find_answer(session, recording.project_id, answer_id)
    if row is None:
        raise RuntimeError(f"{answer_id} has no row any more")
    return row


def _answer_row(recording: Recording, prompt: Prompt, request_hash: str) -> dict[str, Any]:
    return {
        "id": new_id(Prefix.ANSWER),
        "model": recording.model,
        "request_hash": request_hash,
        "prompt_hash": prompt.hash,
        "request": prompt.request,
        "reference": prompt.reference,
        "state": str(AnswerState.PENDING),
        "tries": 0,
    }
