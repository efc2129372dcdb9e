"""Which groups of rows go to validation: in an order told by a seed, as many as wanted, labels spread as in the whole.

The order depends on what the rows say and not on where they stand, so that a file sorted anew is split alike.
"""

from array import array
from collections import Counter

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

from shared.datasets.reshaping.grouping import Numbers


def choose_groups(
    groups: Numbers, prompts: "array[int]", labels: "array[int]", *, n_wanted: int, seed: int
) -> set[int]:
    """Numbers of the groups for validation, never all of them; `n_wanted` rows or as near below as groups allow.

    `groups` are numbered from 0 on. Give labels of zeros where there are none.
    """
    members = _Members(groups, np.frombuffer(labels, dtype=np.uint16))
    order = _seeded_order(groups, np.frombuffer(prompts, dtype=np.uint64), seed)
    share = n_wanted / len(groups)
    wanted = {label: count * share for label, count in Counter(labels).items()}
    chosen: set[int] = set()
    taken: Counter[int] = Counter()
    n_taken = 0
    # First those that bring the labels nearer to what is wanted, then any that fit.
    for is_particular in (True, False):
        for group in order:
            if n_taken == n_wanted:
                return chosen
            size = members.size(group)
            if group in chosen or n_taken + size > n_wanted:
                continue
            counts = members.labels(group)
            if is_particular and not _helps(counts, taken, wanted):
                continue
            chosen.add(group)
            taken.update(counts)
            n_taken += size
    # Every group is larger than the share: the smallest is still better than none.
    return chosen or {min(order, key=members.size)}


def _helps(counts: Counter[int], taken: Counter[int], wanted: dict[int, float]) -> bool:
    """Whether taking these as well leaves less distance, squared, to what is wanted of each label."""
    change = sum(count * (count + 2 * (taken[label] - wanted[label])) for label, count in counts.items())
    return change < 0


def _seeded_order(groups: Numbers, prompts: NDArray[np.uint64], seed: int) -> list[int]:
    names = np.full(int(groups.max()) + 1, np.iinfo(np.uint64).max, dtype=np.uint64)
    np.minimum.at(names, groups, prompts)
    marks = [xxh3_64_intdigest(b"%d:%d" % (seed, name)) for name in names.tolist()]
    return sorted(range(len(marks)), key=marks.__getitem__)


class _Members:
    """Sizes and labels of groups, without a list for each."""

    def __init__(self, groups: Numbers, labels: NDArray[np.uint16]) -> None:
        self._labels = labels[np.argsort(groups, kind="stable")]
        self._starts = np.concatenate([[0], np.cumsum(np.bincount(groups))])

    def size(self, group: int) -> int:
        return int(self._starts[group + 1] - self._starts[group])

    def labels(self, group: int) -> Counter[int]:
        return Counter(self._labels[self._starts[group] : self._starts[group + 1]].tolist())
