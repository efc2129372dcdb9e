"""Rows that share a context: questions about one passage, turns on one document. Splits keep them on one side.

Users' texts are sorted. What a text shares with one many places away is a template and no context; neighbours that
share 200 characters more than that are of one group. Time is that of sorting.
"""

from array import array
from collections import deque
from collections.abc import Iterable, Sequence

from shared.datasets.row import Row

_MIN_SHARED_CHARS = 200
_MIN_TEMPLATE_ROWS = 20
_TEMPLATE_SHARE = 0.05
MAX_CHARS = 20_000
"""Of a text that are compared; a longer shared context is shared up to there."""


def read_asked(row: Row) -> str:
    """What contexts are told by: all that the user says in a row."""
    return "\n".join(turn.content for turn in row.turns if turn.role == "user")[:MAX_CHARS]


def find_context_groups(texts: Sequence[str]) -> list[int]:
    """A group number for each text; a text that shares its context with no other is a group of its own."""
    order = sorted(range(len(texts)), key=texts.__getitem__)
    return list(group_sorted(((texts[number], number) for number in order), n_texts=len(texts)))


def group_sorted(ordered: Iterable[tuple[str, int]], *, n_texts: int) -> "array[int]":
    """The same for texts that come sorted, each with its number from 0 on.

    Keeps 5 % of the texts, at least twenty, and 16 bytes for each.
    """
    distance = int(max(_MIN_TEMPLATE_ROWS, _TEMPLATE_SHARE * n_texts))
    window: deque[str] = deque(maxlen=distance)
    numbers, shared_with_last = array("I"), array("I")
    templates = array("I", bytes(4 * n_texts))
    "For each text the characters that it shares with one so far away that they cannot be its context."
    for place, (text, number) in enumerate(ordered):
        if len(window) == distance:
            shared = _shared_chars(window[0], text)
            templates[place] = max(templates[place], shared)
            templates[place - distance] = max(templates[place - distance], shared)
        shared_with_last.append(_shared_chars(window[-1], text) if window else 0)
        numbers.append(number)
        window.append(text)
    return _number_groups(numbers, shared_with_last, templates)


def _number_groups(numbers: "array[int]", shared_with_last: "array[int]", templates: "array[int]") -> "array[int]":
    groups = array("I", bytes(4 * len(numbers)))
    group = -1
    for place, number in enumerate(numbers):
        is_first = place == 0
        if is_first or shared_with_last[place] - max(templates[place - 1], templates[place]) < _MIN_SHARED_CHARS:
            group += 1
        groups[number] = group
    return groups


def _shared_chars(one: str, other: str) -> int:
    """The length of the common beginning, found by halving: comparing slices is 50 times as fast as characters."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
