"""Work for a caller who may leave: when nobody waits any more, it is cancelled."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
from fastapi import Request

Result = TypeVar("Result")

_POLL_SECONDS = 0.5


async def unless_gone(request: Request, work: Callable[[], Awaitable[Result]]) -> Result | None:
    """What `work` returns, or None once the caller has hung up. Raises what `work` raises."""
    done: list[Result] = []

    async def watch(scope: anyio.CancelScope) -> None:
        while not await request.is_disconnected():  # noqa: ASYNC110
            await anyio.sleep(_POLL_SECONDS)  # the server interface has no call that waits for a hang-up
        scope.cancel()

    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(watch, tasks.cancel_scope)
            done.append(await work())
            tasks.cancel_scope.cancel()
    except ExceptionGroup as group:
        raise group.exceptions[0] from None
    return done[0] if done else None
