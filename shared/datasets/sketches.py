"""Which rows are alike, estimated from 128 bytes a row (one permutation hashing: Li 2012)."""

# ruff: noqa: SLF001 - sketches are joined
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from shared.datasets.shingles import Hashes, Numbers, Shingles
from shared.datasets.similarity import (
    MAX_PAIRS,
    MIN_SHINGLES,
    THRESHOLD,
    is_first_of_its_kind,
    pairs_by_key,
    without_template,
)

_BORROWED = 3
_ROWS_AT_ONCE = 1 << 16
"""Looked at together, to bound the memory for it."""


class Sketches:
    """The smallest hash of each row in 32 classes of hashes: rows agree in about as many as they are similar."""

    _BINS = 32
    _BANDS = 8
    EMPTY = np.uint32(0xFFFFFFFF)

    def __init__(self, template: Hashes) -> None:
        self._template = template
        self._batches: list[npt.NDArray[np.uint32]] = []
        self._n_rows = 0

    def add(self, shingles: Shingles, *, n_rows: int) -> None:
        """Add the shingles of the rows from those added so far up to number `n_rows`."""
        kept = without_template(shingles, self._template, shift=24)
        mins = np.full((n_rows - self._n_rows, self._BINS), self.EMPTY, dtype=np.uint32)
        bins = (kept.hashes >> np.uint64(59)).astype(np.intp)
        low = (kept.hashes & np.uint64(0x7FFFFFFF)).astype(np.uint32)
        np.minimum.at(mins, (kept.texts.astype(np.intp) - self._n_rows, bins), low)
        self._batches.append(mins)
        self._n_rows = n_rows

    def extend(self, later: "Sketches") -> None:
        """Add the sketches of the rows that follow."""
        self._batches += later._batches
        self._n_rows += later._n_rows

    def find(self, exact: Hashes) -> Iterator[tuple[int, int, float]]:
        """Numbers of two rows and their estimated similarity, for those that are alike.

        Of rows with the same digest in `exact` only the first is compared. After MAX_PAIRS pairs the search ends.
        """
        mins = self._gather()
        firsts = np.flatnonzero(is_first_of_its_kind(exact[: len(mins)]))
        judged = firsts[_count_filled(mins)[firsts] >= MIN_SHINGLES]
        seen: set[tuple[int, int]] = set()
        for start in range(0, self._BINS, self._BINS // self._BANDS):
            for pair in pairs_by_key(_make_keys(mins, start, self._BINS // self._BANDS)[judged], judged):
                if pair in seen:
                    continue
                if len(seen) == MAX_PAIRS:
                    return
                seen.add(pair)
                similarity = self._compare(mins[pair[0]], mins[pair[1]])
                if similarity >= THRESHOLD:
                    yield *pair, similarity

    def _gather(self) -> npt.NDArray[np.uint32]:
        """All sketches in one array, never twice in memory."""
        mins = np.empty((self._n_rows, self._BINS), dtype=np.uint32)
        end = self._n_rows
        while self._batches:
            batch = self._batches.pop()
            mins[end - len(batch) : end] = batch
            end -= len(batch)
        self._batches = [mins]
        return mins

    def _compare(self, one: Numbers, other: Numbers) -> float:
        is_filled = (one != self.EMPTY) | (other != self.EMPTY)
        return float(((one == other) & is_filled).sum() / is_filled.sum())


def _count_filled(mins: Numbers) -> npt.NDArray[np.intp]:
    parts = [(mins[at : at + _ROWS_AT_ONCE] != Sketches.EMPTY).sum(axis=1) for at in range(0, len(mins), _ROWS_AT_ONCE)]
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.intp)


def _make_keys(mins: Numbers, start: int, width: int) -> Hashes:
    """One key a row for the bins from `start` on; an empty bin borrows from the next (Shrivastava and Li 2014)."""
    columns = np.arange(start, start + width + _BORROWED) % mins.shape[1]
    factors = np.array([pow(0xC2B2AE3D27D4EB4F, power, 1 << 64) for power in range(1, width + 1)], dtype=np.uint64)
    keys = np.empty(len(mins), dtype=np.uint64)
    for at in range(0, len(mins), _ROWS_AT_ONCE):
        filled = mins[at : at + _ROWS_AT_ONCE, columns]
        for _ in range(_BORROWED):
            filled = np.where(filled[:, :-1] == Sketches.EMPTY, filled[:, 1:], filled[:, :-1])
        keys[at : at + _ROWS_AT_ONCE] = ((filled.astype(np.uint64) + np.uint64(1)) * factors).sum(
            axis=1, dtype=np.uint64
        )
    return keys
