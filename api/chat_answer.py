"""From an answerer's chat answer to the caller's: the name that was asked for, and usage where it was asked for.

The answerer is always asked for usage, since it is written down; the caller who did not ask for it gets a stream as if
we had not either.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import msgspec

_DATA = b"data:"
_END = b"\n"

Tell = Callable[[Any], None]
"Called once with the answerer's usage object, or None where no count came."


@dataclass(frozen=True)
class Wish:
    """What the caller wants. `model` is put into the answer; None leaves the answerer's own."""

    model: str | None
    wants_usage: bool
    clean: Callable[[str], str] = str
    "What becomes of the message of an error that the answerer puts into a stream."


def ask_for_usage(body: dict[str, Any]) -> dict[str, Any]:
    """The same request for a stream that ends with its usage."""
    options = body.get("stream_options") or {}
    return body | {"stream_options": options | {"include_usage": True}}


def whole_answer(answer: dict[str, Any], wish: Wish, tell: Tell) -> dict[str, Any]:
    tell(answer.get("usage"))
    return answer | {"model": wish.model} if wish.model is not None else answer


async def streamed_answer(lines: AsyncIterator[bytes], wish: Wish, tell: Tell) -> AsyncIterator[bytes]:
    """The lines of an event stream as the caller wants them; `tell` hears of the usage however the stream ends."""
    usage: Any = None
    is_hidden = False
    try:
        async for line in lines:
            if is_hidden and line == _END:
                is_hidden = False
                continue
            chunk = _chunk_in(line)
            if chunk is None:
                yield line
                continue
            usage = chunk.get("usage") or usage
            is_hidden = not wish.wants_usage and chunk.get("choices") == [] and bool(chunk.get("usage"))
            if not is_hidden:
                yield _DATA + b" " + msgspec.json.encode(_as_wished(chunk, wish)) + _END
    finally:
        tell(usage)


def _chunk_in(line: bytes) -> dict[str, Any] | None:
    """The chunk of a data line; None for every other line, `[DONE]` and what is no JSON object included."""
    if not line.startswith(_DATA) or not line.removeprefix(_DATA).lstrip().startswith(b"{"):
        return None
    try:
        chunk = msgspec.json.decode(line.removeprefix(_DATA))
    except (msgspec.DecodeError, RecursionError):
        return None
    return chunk if isinstance(chunk, dict) else None


def _as_wished(chunk: dict[str, Any], wish: Wish) -> dict[str, Any]:
    if wish.model is not None and "model" in chunk:
        chunk["model"] = wish.model
    error = chunk.get("error")
    if isinstance(error, dict) and "message" in error:
        chunk["error"] = error | {"message": wish.clean(str(error["message"]))}
    if not wish.wants_usage and chunk.get("usage") is None:
        chunk.pop("usage", None)
    return chunk
