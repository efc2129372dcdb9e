"""The body of a request as it arrives, given up when it comes too slowly."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import anyio
from starlette.requests import Request

from shared.errors import Kind, ServiceError


@dataclass(frozen=True)
class Pace:
    """`silence_seconds` may pass without a byte; after `grace_seconds` the average has to reach the minimum."""

    silence_seconds: float = 30.0
    grace_seconds: float = 30.0
    min_bytes_per_second: float = 10_000.0


USUAL = Pace()


async def paced(request: Request, *, pace: Pace = USUAL) -> AsyncIterator[bytes]:
    """The body's chunks. Raises 408 when the client is silent for long or slower than the pace."""
    too_slow = ServiceError(
        "The request body came too slowly and was given up.", kind=Kind.TIMEOUT, code="upload_timeout"
    )
    begun, received = time.monotonic(), 0
    stream = request.stream().__aiter__()
    while True:
        try:
            with anyio.fail_after(pace.silence_seconds):
                chunk = await anext(stream)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise too_slow from None
        received += len(chunk)
        elapsed = time.monotonic() - begun
        if elapsed > pace.grace_seconds and received < elapsed * pace.min_bytes_per_second:
            raise too_slow
        yield chunk
