"""Which rows are alike, estimated from 32 bytes a row (one permutation hashing: Li 2012; 8 bits each: Li 2010)."""

# ruff: noqa: SLF001 - sketches are joined
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from shared.datasets.shingles import Hashes, Numbers, Shingles
from shared.datasets.similarity import (
    MAX_PAIRS,
    MIN_SHINGLES,
    ROW_LIMIT,
    THRESHOLD,
    Flags,
    is_among,
    pairs_by_key,
    without_template,
)
from shared.datasets.spilling import SpilledBytes

Bits = npt.NDArray[np.uint8]
EMPTY = np.uint8(0xFF)
"""For a class of which a row has no hash."""

_NONE = np.uint32(0xFFFFFFFF)
_BORROWED = 3
_MAX_HELD_BYTES = 4 << 20
"""In memory; of more than 131,072 rows, sketches are spilled to disk."""

_ROWS_AT_ONCE = 1 << 15
_PAIRS_AT_ONCE = 1 << 15
"""Looked at together, to bound the memory for it: 2 MB at a time."""


class Sketches:
    """The smallest hash of each row in 32 classes of hashes: rows agree in about as many as they are similar.

    Its 8 low bits are kept, by which two rows agree in a class by chance once in 255 times: of two rows that are alike,
    one class in 2,500 too many.
    """

    _BINS = 32
    _BANDS = 8

    def __init__(self, template: Hashes, *, max_held_bytes: int = _MAX_HELD_BYTES) -> None:
        self._template = template
        self._max_held_bytes = max_held_bytes
        self._rows = SpilledBytes()
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
        self._rows.extend(bits.tobytes())
        self._n_rows = n_rows

    def extend(self, later: "Sketches", *, scratch: Path | None = None) -> None:
        """Add the sketches of the rows that follow. What gets too much to hold is spilled to the folder `scratch`."""
        self._rows.extend_with(later._rows)
        self._rows.spill(scratch, beyond=self._max_held_bytes)
        self._n_rows += later._n_rows

    def find(self, is_compared: Flags) -> Iterator[tuple[int, int, float]]:
        """Numbers of two rows and their estimated similarity, for those that are alike.

        Of all rows those that are marked in `is_compared` are looked at. After MAX_PAIRS pairs the search ends.
        """
        rows = np.flatnonzero(is_compared[: self._n_rows] & self._have_shingles()).astype(np.uint32)
        seen: Hashes = np.empty(0, dtype=np.uint64)
        for start in range(0, self._BINS, self._BINS // self._BANDS):
            if len(seen) == MAX_PAIRS:
                return
            # No name for the keys: those of one band are gone before those of the next are made.
            of_band = pairs_by_key(self._make_keys(rows, start, self._BINS // self._BANDS), rows)
            fresh: list[Hashes] = []
            for pairs in _take(_unseen(of_band, seen), MAX_PAIRS - len(seen)):
                fresh.append(pairs)
                yield from self._compare(pairs)
            # Within a band a pair comes once: a row has one key of it.
            seen = np.concatenate([seen, *fresh])
            seen.sort()

    def _read(self, start: int, end: int) -> Bits:
        """The sketches of the rows from `start` up to `end`."""
        read = self._rows.read(start * self._BINS, end * self._BINS)
        return np.frombuffer(read, dtype=np.uint8).reshape(-1, self._BINS)

    def _read_chosen(self, rows: Numbers) -> Iterator[tuple[slice, Bits]]:
        """The sketches of `rows`, which are sorted, some at a time, each time with their places in `rows`."""
        for start in range(0, self._n_rows, _ROWS_AT_ONCE):
            first, last = np.searchsorted(rows, [start, start + _ROWS_AT_ONCE]).tolist()
            if first < last:
                yield slice(first, last), self._read(start, start + _ROWS_AT_ONCE)[rows[first:last] - start]

    def _have_shingles(self) -> Flags:
        """Whether a row has enough of them to be judged."""
        are_enough = np.empty(self._n_rows, dtype=np.bool_)
        for start in range(0, self._n_rows, _ROWS_AT_ONCE):
            end = start + _ROWS_AT_ONCE
            are_enough[start:end] = (self._read(start, end) != EMPTY).sum(axis=1) >= MIN_SHINGLES
        return are_enough

    def _make_keys(self, rows: Numbers, start: int, width: int) -> Hashes:
        """One key a row for the bins from `start` on; an empty bin borrows from the next (Shrivastava and Li 2014)."""
        columns = np.arange(start, start + width + _BORROWED) % self._BINS
        factors = np.array([pow(0xC2B2AE3D27D4EB4F, power, 1 << 64) for power in range(1, width + 1)], dtype=np.uint64)
        keys = np.empty(len(rows), dtype=np.uint64)
        for places, mins in self._read_chosen(rows):
            filled = mins[:, columns]
            for _ in range(_BORROWED):
                filled = np.where(filled[:, :-1] == EMPTY, filled[:, 1:], filled[:, :-1])
            keys[places] = ((filled.astype(np.uint64) + np.uint64(1)) * factors).sum(axis=1, dtype=np.uint64)
        return keys

    def _compare(self, pairs: Hashes) -> Iterator[tuple[int, int, float]]:
        """Of packed pairs those that are alike."""
        both = np.divmod(pairs, np.uint64(ROW_LIMIT))
        rows, places = np.unique(np.concatenate(both), return_inverse=True)
        mins = np.empty((len(rows), self._BINS), dtype=np.uint8)
        for chosen, read in self._read_chosen(rows.astype(np.uint32)):
            mins[chosen] = read
        one, other = mins[places[: len(pairs)]], mins[places[len(pairs) :]]
        is_filled = (one != EMPTY) | (other != EMPTY)
        similarities = ((one == other) & is_filled).sum(axis=1) / is_filled.sum(axis=1)
        alike = np.flatnonzero(similarities >= THRESHOLD)
        yield from zip(both[0][alike].tolist(), both[1][alike].tolist(), similarities[alike].tolist(), strict=True)


def _unseen(pairs: Iterable[tuple[Hashes, Hashes]], seen: Hashes) -> Iterator[Hashes]:
    """The pairs that are not in `seen`, packed as those are, many at a time."""
    held: list[Hashes] = []
    n_held = 0
    for numbers, others in pairs:
        packed = numbers * np.uint64(ROW_LIMIT) + others
        held.append(packed[~is_among(packed, seen)])
        n_held += len(held[-1])
        if n_held >= _PAIRS_AT_ONCE:
            yield np.concatenate(held)
            held, n_held = [], 0
    if n_held:
        yield np.concatenate(held)


def _take(parts: Iterable[Hashes], count: int) -> Iterator[Hashes]:
    """So many of all that there are, at least one."""
    for part in parts:
        yield part[:count]
        count -= len(part)
        if count <= 0:
            return
