"""Rows that share a context: questions about one passage, turns on one document. Splits keep them on one side.

Users' texts are sorted. What a text shares with one many places away is a template and no context; neighbours that
share 200 characters more than that are of one group. Time is that of sorting.
"""

from collections.abc import Sequence

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
    ordered = [texts[number] for number in order]
    templates = _template_lengths(ordered)
    groups = [0] * len(texts)
    group = -1
    for place, number in enumerate(order):
        if place == 0 or not _is_same_context(ordered, templates, place):
            group += 1
        groups[number] = group
    return groups


def _template_lengths(ordered: Sequence[str]) -> list[int]:
    """For each text the characters that it shares with one so far away that they cannot be its context."""
    distance = int(max(_MIN_TEMPLATE_ROWS, _TEMPLATE_SHARE * len(ordered)))
    lengths = [0] * len(ordered)
    for place in range(distance, len(ordered)):
        shared = _shared_chars(ordered[place - distance], ordered[place])
        lengths[place] = max(lengths[place], shared)
        lengths[place - distance] = max(lengths[place - distance], shared)
    return lengths


def _is_same_context(ordered: Sequence[str], templates: Sequence[int], place: int) -> bool:
    shared = _shared_chars(ordered[place - 1], ordered[place])
    return shared - max(templates[place - 1], templates[place]) >= _MIN_SHARED_CHARS


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
