# ruff: noqa: SLF001 - watchers of a kind are merged
"""Rows that are nearly the same: the Jaccard similarity of their shingles is at least 0.9.

Small files are compared exactly. Of large ones a sketch of each row is kept, and similarity is estimated.
"""

from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from xxhash import xxh3_64_digest

from shared.datasets.collector import Collector
from shared.datasets.copies import find_copies
from shared.datasets.row import Row
from shared.datasets.shingles import Hashes, Numbers, Shingles, make_shingles
from shared.datasets.similarity import find_exactly, find_template, is_first_of_its_kind
from shared.datasets.sketches import Sketches
from shared.datasets.spilling import SpilledBytes
from shared.datasets.watchers import Facts

_SPACES = b" \t\n\r"
_MAX_EXACT_SHINGLES = 2_000_000
"""Held in memory, about 10,000 rows; from there on estimates."""

_TEMPLATE_ROWS = 1_000
"""Looked at, here and there, to find the shingles that one row in twenty has."""

_MAX_SKETCHES = 1_000_000
"""Of 32 bytes; rows beyond are not judged, but for the rest of a stretch that is merged."""

_MAX_HELD_BYTES = 1 << 20
"""Of digests, 8 for each row; more are spilled to disk where stretches are joined."""

_BATCH_CHARS = 150_000
"""Cut at once: as much as stays in a core's cache."""


class Pair(NamedTuple):
    line: int
    "The later one."
    other_line: int
    similarity: float


class _PackedPairs:
    """In 16 bytes each, where tuples take 200: a file may have half a million."""

    def __init__(self, pairs: Iterable[Pair]) -> None:
        lines, similarities = array("Q"), array("d")
        for pair in pairs:
            lines.append(pair.line << 32 | pair.other_line)
            similarities.append(pair.similarity)
        self._lines: Hashes = np.frombuffer(lines, dtype=np.uint64)
        self._similarities = np.frombuffer(similarities)

    def __len__(self) -> int:
        return len(self._lines)

    def count_rows(self) -> int:
        """How many rows are in any of the pairs."""
        if not len(self):
            return 0
        rows = np.sort(
            np.concatenate([(self._lines >> np.uint64(32)).astype(np.uint32), self._lines.astype(np.uint32)])
        )
        return 1 + int(np.count_nonzero(rows[1:] != rows[:-1]))

    def list_first(self, count: int) -> Iterator[tuple[int, int, float]]:
        """Line, other line and similarity of so many pairs, in the order of the file."""
        for place in np.argsort(self._lines)[:count].tolist():
            line, other_line = divmod(int(self._lines[place]), 1 << 32)
            yield line, other_line, float(self._similarities[place])


class NearDuplicates:
    """Takes the rows along, and finds the pairs when all have been seen."""

    def __init__(self) -> None:
        self.scratch: Path | None = None
        "Where to spill to; without it, where the system keeps temporary files."
        self._lines = array("I")
        "Of the rows noted, by their number."
        self._exact = SpilledBytes()
        "Digests of their texts without white space: rows that are the same are no near duplicates."
        self._waiting: list[str] = []
        self._n_waiting_chars = 0
        self._held: list[Shingles] = []
        self._n_held = 0
        self._sketches: Sketches | None = None
        self._n_rows_in_pairs = 0

    def __getstate__(self) -> dict[str, Any]:
        """Sketched before it travels, if it is half of all that may be held: rows are read by many processes."""
        self._flush()
        if self._n_held > _MAX_EXACT_SHINGLES // 2:
            self._start_sketching()
        return self.__dict__

    def see(self, row: Row, line: int, _raw: bytes, _found: Collector) -> None:
        self.note(line, read_view(row))

    def note(self, line: int, text: str) -> None:
        """Take a text along."""
        if len(self._lines) >= _MAX_SKETCHES:
            return
        self._lines.append(line)
        self._exact.extend(xxh3_64_digest(text.encode().translate(None, _SPACES)))
        self._waiting.append(text)
        self._n_waiting_chars += len(text)
        if self._n_waiting_chars >= _BATCH_CHARS:
            self._flush()

    def merge(self, later: "NearDuplicates", lines: int) -> None:
        self._flush()
        later._flush()
        if len(self._lines) >= _MAX_SKETCHES:
            return
        is_sketched = self._sketches is not None or later._sketches is not None
        if is_sketched or self._n_held + later._n_held > _MAX_EXACT_SHINGLES:
            # Each by itself: both together would take twice the memory.
            self._start_sketching()
            later._start_sketching()
        n_before = len(self._lines)
        self._lines.extend(line + lines for line in later._lines)
        self._exact.extend_with(later._exact)
        self._exact.spill(self.scratch, beyond=_MAX_HELD_BYTES)
        if self._sketches is not None and later._sketches is not None:
            self._sketches.extend(later._sketches, scratch=self.scratch)
            return
        self._held += [Shingles(part.hashes, part.texts + np.uint32(n_before)) for part in later._held]
        self._n_held += later._n_held

    def finish(self, found: Collector, _facts: Facts) -> None:
        pairs = _PackedPairs(self.find_pairs())
        self._n_rows_in_pairs = pairs.count_rows()
        for number, (line, other_line, similarity) in enumerate(pairs.list_first(found.capacity)):
            times = len(pairs) - number if number == found.capacity - 1 else 1
            problem = f"The row is nearly the same as line {other_line:,}; keep one unless both are wanted."
            detail = {
                "other_line": other_line,
                "similarity": round(similarity, 3),
                "is_estimate": self._sketches is not None,
                "n_rows_in_pairs": self._n_rows_in_pairs,
            }
            found.add_at(line, "duplicate_near", problem, times=times, detail=detail)

    def describe(self, _facts: Facts) -> dict[str, Any]:
        """Rows that are nearly the same as another one."""
        return {"duplicates": {"near": self._n_rows_in_pairs}}

    def find_pairs(self) -> Iterator[Pair]:
        """Pairs that are near duplicates and not exact ones."""
        self._flush()
        sketches = self._sketches
        is_first = is_first_of_its_kind(self._read_digests())
        alike = sketches.find(is_first) if sketches else find_exactly(_gather(self._held), is_first)
        for number, other, similarity in alike:
            first, second = sorted((self._lines[number], self._lines[other]))
            yield Pair(second, first, similarity)

    def find_copies(self, lines: Iterable[int], *, after: int) -> dict[int, list[int]]:
        """For lines of pairs, those behind line `after` with the same text, which are compared no more."""
        numbers: Numbers = np.frombuffer(self._lines, dtype=np.uint32)
        return find_copies(numbers, self._read_digests(), of=lines, after=after)

    def _read_digests(self) -> Hashes:
        """Those of all texts: 8 bytes a row, for as long as they are looked at."""
        return np.frombuffer(self._exact.read(0, len(self._exact)), dtype=np.uint64)

    def _flush(self) -> None:
        if self._waiting:
            shingles = make_shingles(self._waiting)
            n_before = len(self._lines) - len(self._waiting)
            self._waiting, self._n_waiting_chars = [], 0
            self._hold(Shingles(shingles.hashes, shingles.texts + np.uint32(n_before)))

    def _hold(self, shingles: Shingles) -> None:
        if self._sketches is not None:
            self._sketches.add(shingles, n_rows=len(self._lines))
            return
        if len(shingles.hashes):
            self._held.append(shingles)
        self._n_held += len(shingles.hashes)
        if self._n_held > _MAX_EXACT_SHINGLES:
            self._start_sketching()

    def _start_sketching(self) -> None:
        if self._sketches is not None:
            return
        every = np.uint32(max(1, len(self._lines) // _TEMPLATE_ROWS))
        sample = [_select(part, part.texts % every == 0) for part in self._held]
        self._sketches = Sketches(find_template(_gather(sample)))
        for part in self._held:
            self._sketches.add(part, n_rows=int(part.texts.max()) + 1)
        self._sketches.add(_gather([]), n_rows=len(self._lines))
        self._held = []


def read_view(row: Row) -> str:
    """What is compared of a row: all that user and assistant say."""
    said = [turn.content for turn in row.turns if turn.role in {"user", "assistant"}]
    return "\n".join(said if row.rejected is None else [*said, row.rejected.content])


def _select(part: Shingles, is_chosen: npt.NDArray[np.bool_]) -> Shingles:
    return Shingles(part.hashes[is_chosen], part.texts[is_chosen])


def _gather(parts: list[Shingles]) -> Shingles:
    if not parts:
        return Shingles(np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.uint32))
    return Shingles(np.concatenate([part.hashes for part in parts]), np.concatenate([part.texts for part in parts]))
