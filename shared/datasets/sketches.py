"""Which rows are alike, estimated from 128 bytes a row (one permutation hashing: Li 2012)."""

# ruff: noqa: SLF001 - sketches are joined
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from shared.datasets.shingles import Hashes, Numbers, Shingles
from shared.datasets.similarity import MIN_SHINGLES, THRESHOLD, pairs_by_key, without_template


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

    def find(self) -> Iterator[tuple[int, int, float]]:
        """Numbers of two rows and their estimated similarity, for those that are alike."""
        if not self._batches:
            return
        mins = np.concatenate(self._batches)
        self._batches = [mins]
        judged = np.flatnonzero((mins != self.EMPTY).sum(axis=1) >= MIN_SHINGLES)
        seen: set[tuple[int, int]] = set()
        for band in _bands(mins, self._BANDS):
            for number, other in pairs_by_key(band[judged], judged):
                if (number, other) not in seen:
                    seen.add((number, other))
                    similarity = self._compare(mins[number], mins[other])
                    if similarity >= THRESHOLD:
                        yield number, other, similarity

    def _compare(self, one: Numbers, other: Numbers) -> float:
        is_filled = (one != self.EMPTY) | (other != self.EMPTY)
        return float(((one == other) & is_filled).sum() / is_filled.sum())


def _bands(mins: Numbers, n_bands: int) -> Iterator[Hashes]:
    """One key a row for each band of bins; an empty bin borrows from the next (Shrivastava and Li 2014)."""
    filled = mins.copy()
    for _ in range(3):
        is_empty = filled == Sketches.EMPTY
        filled = np.where(is_empty, np.roll(filled, -1, axis=1), filled)
    width = mins.shape[1] // n_bands
    factors = np.array([pow(0xC2B2AE3D27D4EB4F, power, 1 << 64) for power in range(1, width + 1)], dtype=np.uint64)
    for start in range(0, mins.shape[1], width):
        yield ((filled[:, start : start + width].astype(np.uint64) + np.uint64(1)) * factors).sum(
            axis=1, dtype=np.uint64
        )
