"""Which rows must stay together: those that share a context or a field, and those that share a prompt.

Holds 64 MiB of what users say and spills the rest to disk; beside that 40 bytes a row and, once, 5 % of the texts.
"""

from array import array
from struct import Struct
from typing import Any

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

from shared.datasets.canonical import canonical_json
from shared.datasets.context_groups import group_sorted, read_asked
from shared.datasets.reshaping.rows import prompt_digest, read_value
from shared.datasets.reshaping.sorting import SpillingSorter
from shared.datasets.row import Row

_NUMBER = Struct(">I")

Numbers = NDArray[np.int64]


class ContextGrouping:
    """Tells groups by what users say."""

    def __init__(self) -> None:
        self.prompts = array("Q")
        "Of each row."
        self._asked = SpillingSorter()

    def see(self, row: Row | None, data: bytes) -> None:
        number = len(self.prompts)
        self.prompts.append(prompt_digest(row, data))
        asked = read_asked(row) if row is not None else ""
        self._asked.add(asked.encode("utf-8", "surrogatepass"), _NUMBER.pack(number))

    def finish(self) -> Numbers:
        """A group number for each row."""
        with self._asked as pairs:
            ordered = ((key.decode("utf-8", "surrogatepass"), int(_NUMBER.unpack(value)[0])) for key, value in pairs)
            return np.asarray(group_sorted(ordered, n_texts=len(self.prompts)), dtype=np.int64)


class FieldGrouping:
    """Tells groups by a top-level field; a row without it, or with null, is a group of its own."""

    def __init__(self, name: str) -> None:
        self.prompts = array("Q")
        self.n_with_field = 0
        self._name = name
        self._numbers: dict[int, int] = {}
        "By the digest of the value."
        self._groups = array("Q")

    def see(self, row: Row | None, data: bytes) -> None:
        self.prompts.append(prompt_digest(row, data))
        value = (read_value(data) or {}).get(self._name)
        self.n_with_field += value is not None
        self._groups.append(self._number(value))

    def finish(self) -> Numbers:
        return np.asarray(self._groups, dtype=np.int64)

    def _number(self, value: Any) -> int:
        if value is None:
            # Above all numbers of values, of which there are no more than rows.
            return (1 << 40) + len(self._groups)
        return self._numbers.setdefault(xxh3_64_intdigest(canonical_json(value)), len(self._numbers))


def join_groups(groups: Numbers, prompts: "array[int]") -> Numbers:
    """Groups from 0 on in which rows are that share a group or a prompt, directly or through others."""
    by_group = np.unique(groups, return_inverse=True)[1]
    by_prompt = np.unique(np.frombuffer(prompts, dtype=np.uint64), return_inverse=True)[1]
    joined = np.arange(len(groups), dtype=np.int64)
    while True:
        lowest = _spread_lowest(_spread_lowest(joined, by_group), by_prompt)
        if np.array_equal(lowest, joined):
            return np.unique(joined, return_inverse=True)[1].astype(np.int64)
        joined = lowest


def _spread_lowest(values: Numbers, keys: Numbers) -> Numbers:
    """For each row the lowest value among the rows with its key."""
    lowest = np.full(int(keys.max(initial=0)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(lowest, keys, values)
    return lowest[keys]
