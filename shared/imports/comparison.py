"""Old answers beside new ones: how often they agree, and the first of them in full. Knows nothing of models at risk."""

from collections.abc import Iterator
from typing import Any

from sqlmodel import Session

from shared.recordings import service as recordings
from shared.recordings.agreement import Pair, agreement
from shared.recordings.prompts import text_of_answer
from shared.recordings.tables import AnswerState, RecordedAnswer, Recording

_ROWS_SHOWN = 50
"""Pairs of answers in a report; the figures are about all of them."""
_SHOWN_CHARACTERS = 2000


def compare(session: Session, new: Recording) -> dict[str, Any]:
    """What a report says of one recording that follows another. Pairs by prompt: both models were asked the same."""
    old = recordings.find_recording(session, new.project_id, new.follows or "")
    pairs = [] if old is None else list(_pairs(session, old, new))
    return {
        "old_recording": new.follows,
        "new_recording": new.id,
        "old_model": None if old is None else old.model,
        "new_model": new.model,
        "state": new.state,
        "error": None if new.error_code is None else {"code": new.error_code, "message": new.error_message},
        "figures": agreement(pairs),
        "rows": [_row(pair) for pair in pairs[:_ROWS_SHOWN]],
    }


def _pairs(session: Session, old: Recording, new: Recording) -> Iterator[Pair]:
    answered = (AnswerState.ANSWERED,)
    fresh = {
        answer.prompt_hash: answer
        for _, answer in recordings.iterate_answers(session, new.project_id, new.id, states=answered)
    }
    for prompt, before in recordings.iterate_answers(session, old.project_id, old.id, states=answered):
        after = fresh.get(before.prompt_hash)
        if after is not None:
            yield Pair(
                prompt=_prompt_text(before),
                old=text_of_answer(before.message),
                new=text_of_answer(after.message),
                reference=before.reference,
                line=prompt.line,
            )


def _prompt_text(answer: RecordedAnswer) -> str:
    """The last thing that was said to the model."""
    return text_of_answer(answer.request["messages"][-1])


def _row(pair: Pair) -> dict[str, Any]:
    return {
        "line": pair.line,
        "prompt": _cut(pair.prompt),
        "reference": None if pair.reference is None else _cut(pair.reference),
        "old": _cut(pair.old),
        "new": _cut(pair.new),
        "agree": "exact" if pair.is_same else "normalised" if pair.is_alike else "no",
    }


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"
