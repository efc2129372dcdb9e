"""Builds the objects of one completion, plain or streamed. Knows nothing of how its text comes about."""

import time
from typing import Any

from shared.ids import Prefix, new_id


class Answer:
    """One completion: same id, time and model in every object of it."""

    def __init__(self, model: str, *, with_usage: bool = False) -> None:
        self._head = {"id": new_id(Prefix.COMPLETION), "created": int(time.time()), "model": model}
        # With `include_usage` every chunk says that its own usage is null.
        self._chunk_tail: dict[str, Any] = {"usage": None} if with_usage else {}

    def completion(self, texts: list[str], reasons: list[str], usage: dict[str, int]) -> dict[str, Any]:
        choices = [
            {
                "index": index,
                "message": {"role": "assistant", "content": text, "refusal": None},
                "logprobs": None,
                "finish_reason": reason,
            }
            for index, (text, reason) in enumerate(zip(texts, reasons, strict=True))
        ]
        return {**self._head, "object": "chat.completion", "choices": choices, "usage": usage}

    def chunk(self, index: int, delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
        choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": reason}
        return {**self._head, "object": "chat.completion.chunk", "choices": [choice], **self._chunk_tail}

    def usage_chunk(self, usage: dict[str, int]) -> dict[str, Any]:
        return {**self._head, "object": "chat.completion.chunk", "choices": [], "usage": usage}


def render_usage(prompt_tokens: int, completion_tokens: int) -> dict[str, int]:
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
    }
