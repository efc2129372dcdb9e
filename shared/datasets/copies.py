"""Rows with the same text as some that are looked for, by the digests of all rows. Pure, and knows no row."""

from collections.abc import Iterable

import numpy as np

from shared.datasets.shingles import Hashes, Numbers


def find_copies(lines: Numbers, digests: Hashes, *, of: Iterable[int], after: int) -> dict[int, list[int]]:
    """For lines in `of`, no two of which say the same, the lines behind `after` that do, itself among them; no others.

    `lines` are in order, with a digest each. Takes memory for the rows behind `after` and those in `of`, not for all.
    """
    wanted = np.unique(np.fromiter(of, dtype=np.uint32))
    if not len(wanted):
        return {}
    searched = digests[np.searchsorted(lines, wanted)]
    order = np.argsort(searched)
    first = int(np.searchsorted(lines, after, side="right"))
    places = np.minimum(np.searchsorted(searched, digests[first:], sorter=order), len(wanted) - 1)
    copies: dict[int, list[int]] = {}
    for at in np.flatnonzero(searched[order[places]] == digests[first:]).tolist():
        copies.setdefault(int(wanted[order[places[at]]]), []).append(int(lines[first + at]))
    return copies
