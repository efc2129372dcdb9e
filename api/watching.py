"""Who watches: how many streams that look again and again a project has open at this process. Not what they look at.

Counted in the process that holds the connections, so that one that dies takes its count along.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, Request

from api.auth import PrincipalDep
from shared.errors import Kind, ServiceError

_RETRY_SECONDS = 5.0
"Streams end when what they watch does, and those of readers who left within moments."


class TooManyWatchersError(ServiceError):
    kind = Kind.RATE_LIMITED
    code = "too_many_watchers"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"This project has {most} streams of progress open, the most there may be. Close one, or ask again later.",
            retry_after_seconds=_RETRY_SECONDS,
        )


class Watchers:
    """Places for streams, so many for each project. Used by the event loop only, so it needs no lock."""

    def __init__(self, most_per_project: int) -> None:
        self._most = most_per_project
        self._open: Counter[str] = Counter()

    @contextmanager
    def place(self, project_id: str) -> Iterator[None]:
        """A block in which one of the project's places is taken. Raises TooManyWatchersError."""
        if self._open[project_id] >= self._most:
            raise TooManyWatchersError(self._most)
        self._open[project_id] += 1
        try:
            yield
        finally:
            self._open[project_id] -= 1
            if not self._open[project_id]:
                del self._open[project_id]


async def hold_place(request: Request, principal: PrincipalDep) -> AsyncIterator[None]:
    """Take a place for as long as the answer lasts, however it ends: to its end, or because its reader has left."""
    watchers: Watchers = request.app.state.watchers
    with watchers.place(principal.project_id):
        yield


PlaceDep = Annotated[None, Depends(hold_place)]
