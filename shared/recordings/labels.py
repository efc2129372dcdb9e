"""Answers as files: a training file that teaches another model to answer so, and a full record of what was said."""

import json
from collections.abc import Iterable, Iterator

from shared.recordings.tables import AnswerState, RecordedAnswer, RecordingPrompt

_WHOLE = {"stop", "tool_calls"}
"An answer cut off or filtered would teach to break off."
_LEARNT = ("role", "content", "tool_calls")

Rows = Iterable[tuple[RecordingPrompt, RecordedAnswer]]


def training_lines(rows: Rows) -> Iterator[bytes]:
    """A chat a line: the prompt and the answer. Answers that are not whole are left out."""
    for _, answer in rows:
        if answer.state != AnswerState.ANSWERED or answer.message is None or answer.finish_reason not in _WHOLE:
            continue
        said = {name: answer.message[name] for name in _LEARNT if answer.message.get(name) is not None}
        if not said.get("content") and not said.get("tool_calls"):
            continue
        chat = {"messages": [*answer.request["messages"], {"role": "assistant"} | said]}
        if "tools" in answer.request:
            chat["tools"] = answer.request["tools"]
        yield _line(chat)


def record_lines(rows: Rows) -> Iterator[bytes]:
    """A line for each prompt: request, reference, answer, reason it ended, usage, and why there is none."""
    for prompt, answer in rows:
        yield _line(
            {
                "line": prompt.line,
                "state": answer.state,
                "request": answer.request,
                "reference": answer.reference,
                "answer": answer.message,
                "finish_reason": answer.finish_reason,
                "usage": {"prompt_tokens": answer.prompt_tokens, "completion_tokens": answer.completion_tokens},
                "seconds": answer.seconds,
                "error": answer.error,
                "answered_at": answer.answered_at,
            }
        )


def _line(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode() + b"\n"
