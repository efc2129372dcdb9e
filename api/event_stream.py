"""An answer in lines, of the model server or of a provider: passed on as it comes, closed with its reader.

The next line is asked for when the last one has been taken, so a slow reader slows the sender and nothing piles up.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import AsyncExitStack
from typing import Any

import anyio
import httpx2
import msgspec
import structlog
from fastapi.responses import StreamingResponse

log = structlog.get_logger(__name__)

_LINE_BYTES = 4 << 20
"A chunk is some hundred bytes; whoever sends a line without an end is cut off."


class OpenStream:
    """A stream that has been answered with 200. Whoever holds it closes it, read or not."""

    def __init__(self, response: httpx2.Response, stack: AsyncExitStack, *, broken: tuple[str, str]) -> None:
        self._response = response
        self._stack = stack
        self._broken_message, self._broken_code = broken

    async def lines(self) -> AsyncIterator[bytes]:
        """Each line with its line break. One that breaks off ends with an error event, never as if it were whole."""
        try:
            async for line in _split(self._response):
                yield line + b"\n"
        except (httpx2.HTTPError, _LineTooLongError) as error:
            log.warning("chat.stream_broke", error=type(error).__name__, code=self._broken_code)
            told = {
                "message": self._broken_message,
                "type": "server_error",
                "param": None,
                "code": self._broken_code,
            }
            # The first line break ends an event that was cut off, the last one this event.
            yield b"\n"
            yield b"data: " + msgspec.json.encode({"error": told}) + b"\n"
            yield b"\n"

    async def close(self) -> None:
        """Hang up; also in the middle, and while being cancelled."""
        with anyio.CancelScope(shield=True):
            await self._stack.aclose()


class ClosingResponse(StreamingResponse):
    """Server-sent events whose source is closed however the answer ends: read whole, given up, or never begun."""

    def __init__(self, content: AsyncIterator[bytes], *, close: Callable[[], Awaitable[None]]) -> None:
        super().__init__(content, media_type="text/event-stream")
        self._close = close

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._close()


class _LineTooLongError(Exception):
    """A line without an end."""


async def _split(response: httpx2.Response) -> AsyncIterator[bytes]:
    rest = b""
    async for piece in response.aiter_bytes():
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            yield line.removesuffix(b"\r")
        if len(rest) > _LINE_BYTES:
            raise _LineTooLongError
    if rest:
        yield rest
