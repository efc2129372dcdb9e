"""Pages by id.

Lenient where the wire is: a limit of 0 is an empty page, too much is the most there is, a strange cursor ends the list.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Query

T = TypeVar("T")

_HUGE = 10**18


@dataclass(frozen=True)
class PageRequest:
    after: str | None
    limit: int

    @property
    def probe(self) -> int:
        """One row more than the page, which tells whether there are further ones."""
        return self.limit + 1


@dataclass(frozen=True)
class Page(Generic[T]):
    rows: Sequence[T]
    has_more: bool


def cut(rows: Sequence[T], page: PageRequest) -> Page[T]:
    """The page out of its probe. An empty one has nothing behind it that its last id could lead to."""
    return Page(rows[: page.limit], len(rows) > page.limit > 0)


def page_of(default: int, maximum: int) -> Callable[..., PageRequest]:
    """The dependency of a list with this default and this most."""

    def read(
        after: Annotated[
            str | None, Query(max_length=200, description="Id of the last item of the page before.")
        ] = None,
        limit: Annotated[
            int, Query(ge=0, le=_HUGE, description=f"Items in a page; at most {maximum} are given.")
        ] = default,
    ) -> PageRequest:
        return PageRequest(after, min(limit, maximum))

    return read
