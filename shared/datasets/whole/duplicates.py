"""Rows that say the same, told from their fingerprints."""

from collections.abc import Mapping, Sequence
from heapq import heappush, heappushpop
from pathlib import Path
from typing import Any

from shared.datasets.canonical import make_all_digests
from shared.datasets.collector import Collector
from shared.datasets.row import Row
from shared.datasets.row_index import RowIndex
from shared.datasets.watchers import Facts


class Duplicates:
    """Builds the index of all rows, and reports rows that are the same as an earlier one."""

    def __init__(self) -> None:
        self.index = RowIndex()
        self._n_repeats = 0

    @property
    def scratch(self) -> Path | None:
        """Where to spill to; without it, where the system keeps temporary files."""
        return self.index.scratch

    @scratch.setter
    def scratch(self, folder: Path | None) -> None:
        self.index.scratch = folder

    def see_block(self, rows: Sequence[Row], lines: Sequence[int]) -> None:
        self.index.add(lines, make_all_digests(rows))

    def merge(self, later: "Duplicates", lines: int) -> None:
        self.index.merge(later.index, lines=lines)

    def finish(self, found: Collector, facts: Facts) -> None:
        facts.index = self.index
        repeats = Earliest(found.capacity)
        for first, later in self.index.repeats():
            repeats.add(later.line, first.line)
        repeats.report(found, "duplicate_exact", "The row says the same as line {}; keep one of them.")
        self._n_repeats = repeats.count

    def describe(self, _facts: Facts) -> dict[str, Any]:
        """Rows that say the same as an earlier one."""
        return {"duplicates": {"exact": self._n_repeats}}


class Earliest:
    """Counts pairs of lines and keeps `capacity` of them, with the smallest first line, in the order of the file."""

    def __init__(self, capacity: int) -> None:
        self.count = 0
        self._capacity = capacity
        self._kept: list[tuple[int, int]] = []
        "A heap of (negated line, other line)."

    def add(self, line: int, other: int) -> None:
        self.count += 1
        if len(self._kept) < self._capacity:
            heappush(self._kept, (-line, other))
        else:
            heappushpop(self._kept, (-line, other))

    def report(
        self, found: Collector, code: str, problem: str, *, detail: Mapping[str, Any] | None = None, **more: Any
    ) -> None:
        """Report all pairs; `problem` has a place for the other line, which joins `detail`; `more` is for `add_at`."""
        pairs = sorted((-negated, other) for negated, other in self._kept)
        for number, (line, other) in enumerate(pairs):
            # The last sample stands for those that were not kept.
            times = self.count - number if number == len(pairs) - 1 else 1
            told = {"other_line": other, **(detail or {})}
            found.add_at(line, code, problem.format(f"{other:,}"), times=times, detail=told, **more)
