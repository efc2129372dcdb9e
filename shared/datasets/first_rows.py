"""Counts rows of a kind, and keeps something of those with the smallest lines, as samples in the order of the file."""

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from shared.datasets.collector import Collector
from shared.datasets.report import SAMPLES_PER_CODE

T = TypeVar("T")


class FirstRows(Generic[T]):
    """Rows may come in any order; at most 100 are kept."""

    def __init__(self) -> None:
        self.count = 0
        self._kept: list[tuple[int, T]] = []

    def __iter__(self) -> Iterator[tuple[int, T]]:
        """Line and item of those kept, in the order of the file."""
        return iter(self._sorted())

    def add(self, line: int, item: T) -> None:
        self.count += 1
        self._kept.append((line, item))
        if len(self._kept) >= 2 * SAMPLES_PER_CODE:
            self._kept = self._sorted()

    def merge(self, later: "FirstRows[T]", *, lines: int) -> None:
        """Add those of the stretch that follows after so many lines."""
        self.count += later.count
        self._kept = [*self._sorted(), *((line + lines, item) for line, item in later)]
        self._kept = self._sorted()

    def report(
        self, found: Collector, code: str, problem: Callable[[T], str], detail: Callable[[T], dict[str, Any]]
    ) -> None:
        """Report every row as `code`; the last sample stands for those that were not kept."""
        kept = self._sorted()
        for number, (line, item) in enumerate(kept):
            times = self.count - number if number == len(kept) - 1 else 1
            found.add_at(line, code, problem(item), times=times, detail=detail(item))

    def _sorted(self) -> list[tuple[int, T]]:
        return sorted(self._kept, key=lambda entry: entry[0])[:SAMPLES_PER_CODE]
