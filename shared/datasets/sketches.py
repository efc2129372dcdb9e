"""Which rows are alike, estimated from 32 bytes a row (one permutation hashing: Li 2012; 8 bits each: Li 2010)."""

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

Bits = npt.NDArray[np.uint8]
EMPTY = np.uint8(0xFF)
"""For a class of which a row has no hash."""

_NONE = np.uint32(0xFFFFFFFF)
_BORROWED = 3
_ROWS_AT_ONCE = 1 << 16
"""Looked at together, to bound the memory for it."""


class Sketches:
    """The smallest hash of each row in 32 classes of hashes: rows agree in about as many as they are similar.

    Its 8 low bits are kept, by which two rows agree in a class by chance once in 255 times: of two rows that are alike,
    one class in 2,500 too many.
    """

    _BINS = 32
    _BANDS = 8

    def __init__(self, template: Hashes) -> None:
        self._template = template
        self._rows = bytearray()
        "Grows in place, where arrays would have to be joined."
        self._n_rows = 0

    def add(self, shingles: Shingles, *, n_rows: int) -> None:
        """Add the shingles of the rows from those added so far up to number `n_rows`; nothing if they have been."""
        if n_rows <= self._n_rows:
            return
        kept = without_template(shingles, self._template, shift=24)
        # One dimension: numpy takes three times as long for two.
        mins = np.full((n_rows - self._n_rows) * self._BINS, _NONE, dtype=np.uint32)
        bins = (kept.texts.astype(np.intp) - self._n_rows) * self._BINS + (kept.hashes >> np.uint64(59)).astype(np.intp)
        np.minimum.at(mins, bins, (kept.hashes & np.uint64(0x7FFFFFFF)).astype(np.uint32))
        bits = np.minimum(mins & np.uint32(EMPTY), EMPTY - 1).astype(np.uint8)
        bits[mins == _NONE] = EMPTY
        self._rows += bits.tobytes()
        self._n_rows = n_rows

    def extend(self, later: "Sketches") -> None:
        """Add the sketches of the rows that follow."""
        self._rows += later._rows
        self._n_rows += later._n_rows

    def find(self, exact: Hashes) -> Iterator[tuple[int, int, float]]:
        """Numbers of two rows and their estimated similarity, for those that are alike.

        Of rows with the same digest in `exact` only the first is compared. After MAX_PAIRS pairs the search ends.
        """
        mins = np.frombuffer(self._rows, dtype=np.uint8).reshape(-1, self._BINS)
        judged = np.flatnonzero(is_first_of_its_kind(exact[: len(mins)]) & _has_shingles(mins)).astype(np.uint32)
        seen: set[tuple[int, int]] = set()
        for start in range(0, self._BINS, self._BINS // self._BANDS):
            for pair in pairs_by_key(_make_keys(mins, judged, start, self._BINS // self._BANDS), judged):
                if pair in seen:
                    continue
                if len(seen) == MAX_PAIRS:
                    return
                seen.add(pair)
                similarity = self._compare(mins[pair[0]], mins[pair[1]])
                if similarity >= THRESHOLD:
                    yield *pair, similarity

    def _compare(self, one: Bits, other: Bits) -> float:
        is_filled = (one != EMPTY) | (other != EMPTY)
        return float(((one == other) & is_filled).sum() / is_filled.sum())


def _has_shingles(mins: Bits) -> npt.NDArray[np.bool_]:
    """Whether a row has enough of them to be judged."""
    starts = range(0, len(mins), _ROWS_AT_ONCE)
    parts = [(mins[at : at + _ROWS_AT_ONCE] != EMPTY).sum(axis=1) >= MIN_SHINGLES for at in starts]
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.bool_)


def _make_keys(mins: Bits, rows: Numbers, start: int, width: int) -> Hashes:
    """One key a row for the bins from `start` on; an empty bin borrows from the next (Shrivastava and Li 2014)."""
    columns = np.arange(start, start + width + _BORROWED) % mins.shape[1]
    factors = np.array([pow(0xC2B2AE3D27D4EB4F, power, 1 << 64) for power in range(1, width + 1)], dtype=np.uint64)
    keys = np.empty(len(rows), dtype=np.uint64)
    for at in range(0, len(rows), _ROWS_AT_ONCE):
        filled = mins[rows[at : at + _ROWS_AT_ONCE]][:, columns]
        for _ in range(_BORROWED):
            filled = np.where(filled[:, :-1] == EMPTY, filled[:, 1:], filled[:, :-1])
        keys[at : at + _ROWS_AT_ONCE] = ((filled.astype(np.uint64) + np.uint64(1)) * factors).sum(
            axis=1, dtype=np.uint64
        )
    return keys
