"""Which sets of shingles are alike: exactly, by a filter that misses no pair.

A pair of similarity t shares one of the (1 - t) n + 1 rarest shingles of either (Chaudhuri 2006), so only those are
looked up. Shingles that stand in more than 5 % of the rows are a template, tell nothing and are left out.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from shared.datasets.shingles import Hashes, Numbers, Shingles

Flags = npt.NDArray[np.bool_]

THRESHOLD = 0.9
MIN_SHINGLES = 3
"""A row with fewer, the template left out, is not judged."""

_MAX_TEMPLATE_SHARE = 0.05
_MIN_TEMPLATE_ROWS = 5
_ROW_BITS = np.uint64(22)
ROW_LIMIT = 1 << 22
"""More than are ever compared: a million, and what the stretch with the last of them has beyond."""

MAX_PAIRS = 500_000
"""Compared in a file: one of a million variants of a single text takes seconds, not hours and gigabytes."""

_MAX_COMPARED = 50
"""Rows before a row that it is compared with for one shared key: bounds a file of very many similar rows."""

_STEP_LIMIT = 1 << 6
"""More than are ever compared, so that a place and a step fit into one number."""

_ROWS_AT_ONCE = 1 << 16
_PLACES_AT_ONCE = 1_000
"""Looked at together, to bound the memory for it: with all their pairs 2 MB."""


def find_exactly(shingles: Shingles, is_compared: Flags) -> Iterator[tuple[int, int, float]]:
    """Numbers of two rows and their similarity, for all pairs from the threshold on.

    Of all rows those that are marked in `is_compared` are looked at. After MAX_PAIRS pairs the search ends.
    """
    n_rows = len(is_compared)
    distinct = distinct_shingles(shingles)
    distinct = without_template(distinct, _common_hashes(distinct, n_rows))
    is_of_compared = is_compared[distinct.texts]
    distinct = Shingles(distinct.hashes[is_of_compared], distinct.texts[is_of_compared])
    starts = np.searchsorted(distinct.texts, np.arange(n_rows + 1))
    sizes = np.diff(starts)
    chosen = _choose_rarest(distinct, starts, sizes)
    seen: set[int] = set()
    for number, other in _one_by_one(pairs_by_key(distinct.hashes[chosen], distinct.texts[chosen])):
        packed = number * ROW_LIMIT + other
        if packed in seen or not THRESHOLD <= sizes[number] / sizes[other] <= 1 / THRESHOLD:
            continue
        if len(seen) == MAX_PAIRS:
            return
        seen.add(packed)
        one, two = (distinct.hashes[starts[row] : starts[row + 1]] for row in (number, other))
        n_common = len(np.intersect1d(one, two, assume_unique=True))
        similarity = n_common / (len(one) + len(two) - n_common)
        if similarity >= THRESHOLD:
            yield number, other, similarity


def _choose_rarest(
    distinct: Shingles, starts: npt.NDArray[np.intp], sizes: npt.NDArray[np.intp]
) -> npt.NDArray[np.intp]:
    """Places of each row's rarest shingles: as many as cannot all be missing in a row that is alike."""
    by_hash = np.argsort(distinct.hashes, kind="stable")
    is_first = _is_first(distinct.hashes[by_hash])
    numbers = np.empty(len(by_hash), dtype=np.intp)
    numbers[by_hash] = np.cumsum(is_first) - 1
    counts = np.bincount(numbers)
    # One sort of one word: 20 bits of row, 22 of rarity, 22 of shingle.
    keys = distinct.texts.astype(np.uint64) << np.uint64(44)
    keys |= counts[numbers].astype(np.uint64) << np.uint64(22)
    order = np.argsort(keys | numbers.astype(np.uint64))
    rank = np.arange(len(order)) - np.repeat(starts[:-1], sizes)
    n_chosen = sizes - np.ceil(THRESHOLD * sizes).astype(np.intp) + 1
    is_chosen = (rank < np.repeat(n_chosen, sizes)) & np.repeat(sizes >= MIN_SHINGLES, sizes)
    return np.sort(order[is_chosen])


def is_first_of_its_kind(digests: Hashes) -> Flags:
    """Where a digest stands for the first time."""
    ordered = np.sort(digests)
    again = ordered[:-1][ordered[1:] == ordered[:-1]]
    is_first = np.ones(len(digests), dtype=np.bool_)
    if len(again):
        # Only those that stand more than once are put in order with their places.
        del ordered
        places = np.concatenate(
            [
                at + np.flatnonzero(is_among(digests[at : at + _ROWS_AT_ONCE], again))
                for at in range(0, len(digests), _ROWS_AT_ONCE)
            ]
        )
        places = places[np.argsort(digests[places], kind="stable")]
        is_first[places] = _is_first(digests[places])
    return is_first


def find_template(shingles: Shingles) -> Hashes:
    """The 40 high bits of shingles that stand in so many of the rows that have any that they tell nothing, sorted."""
    distinct = distinct_shingles(shingles)
    return _common_hashes(distinct, int(_is_first(distinct.texts).sum()))


def _common_hashes(distinct: Shingles, n_rows: int) -> Hashes:
    hashes = np.sort(distinct.hashes)
    firsts = np.flatnonzero(_is_first(hashes))
    counts = np.diff(np.append(firsts, len(hashes)))
    return hashes[firsts[counts > max(_MAX_TEMPLATE_SHARE * n_rows, _MIN_TEMPLATE_ROWS)]]


def distinct_shingles(shingles: Shingles) -> Shingles:
    """Each shingle of a row once, by row and hash, of which 40 bits are kept: one sort of one word."""
    keys = np.sort((shingles.texts.astype(np.uint64) << np.uint64(40)) | (shingles.hashes >> np.uint64(24)))
    keys = keys[_is_first(keys)]
    return Shingles(keys & np.uint64((1 << 40) - 1), (keys >> np.uint64(40)).astype(np.uint32))


def _is_first(ordered: Hashes | Numbers) -> Flags:
    """Where a value stands for the first time. numpy's own unique hashes, and takes 50 times as long on these."""
    is_first = np.ones(len(ordered), dtype=np.bool_)
    is_first[1:] = ordered[1:] != ordered[:-1]
    return is_first


def without_template(shingles: Shingles, template: Hashes, *, shift: int = 0) -> Shingles:
    """The shingles that are not in `template`, whose hashes lack the `shift` low bits."""
    if not len(template):
        return shingles
    is_kept = ~is_among(shingles.hashes >> np.uint64(shift), template)
    return Shingles(shingles.hashes[is_kept], shingles.texts[is_kept])


def is_among(values: Hashes, known: Hashes) -> Flags:
    """Which of `values` are in `known`, which is sorted."""
    if not len(known):
        return np.zeros(len(values), dtype=np.bool_)
    is_known: Flags = known[np.minimum(np.searchsorted(known, values), len(known) - 1)] == values
    return is_known


def pairs_by_key(keys: Hashes, rows: Numbers) -> Iterator[tuple[Hashes, Hashes]]:
    """Pairs of row numbers that have a key in common, of which 42 bits count, the smaller first; some at a time.

    Overwrites `keys`.
    """
    # One sort of one word in place: two arrays would take four times the memory, a stable order ten times the time.
    keys <<= _ROW_BITS
    keys |= rows
    keys.sort()
    for start in range(1, len(keys), _ROWS_AT_ONCE):
        some = keys[start - 1 : start + _ROWS_AT_ONCE]
        again = np.flatnonzero(_has_one_key(some[1:], some[:-1])) + start
        for at in range(0, len(again), _PLACES_AT_ONCE):
            yield _pair_up(keys, again[at : at + _PLACES_AT_ONCE])


def _pair_up(packed: Hashes, places: npt.NDArray[np.intp]) -> tuple[Hashes, Hashes]:
    """Each of these with those before it that have the same key, the nearest first."""
    found = []
    for step in range(1, _MAX_COMPARED + 1):
        places = places[places >= step]
        places = places[_has_one_key(packed[places], packed[places - step])]
        if not len(places):
            break
        found.append(places * _STEP_LIMIT + step)
    later, steps = np.divmod(np.sort(np.concatenate(found)), _STEP_LIMIT)
    rows, others = (packed[at] & np.uint64(ROW_LIMIT - 1) for at in (later, later - steps))
    return others[others != rows], rows[others != rows]


def _has_one_key(one: Hashes, other: Hashes) -> Flags:
    return (one ^ other) < np.uint64(ROW_LIMIT)


def _one_by_one(pairs: Iterable[tuple[Hashes, Hashes]]) -> Iterator[tuple[int, int]]:
    for others, rows in pairs:
        yield from zip(others.tolist(), rows.tolist(), strict=True)
