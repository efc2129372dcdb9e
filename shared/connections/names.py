"""Model names and the patterns that stand for them. Knows no connection."""

from collections.abc import Iterable
from difflib import get_close_matches

_ANYTHING = "*"
_NEAREST = 3
_LIKENESS = 0.5


def matches(pattern: str, name: str) -> bool:
    """Whether `name` fits a pattern in which `*` stands for anything. In linear time, whatever a tenant wrote."""
    if _ANYTHING not in pattern:
        return pattern == name
    first, *middle, last = pattern.split(_ANYTHING)
    if len(name) < len(first) + len(last) or not name.startswith(first) or not name.endswith(last):
        return False
    place, end = len(first), len(name) - len(last)
    for piece in middle:
        found = name.find(piece, place, end)
        if found < 0:
            return False
        place = found + len(piece)
    return True


def is_pattern(text: str) -> bool:
    return _ANYTHING in text


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Known names that `name` may be a slip of, the likeliest first."""
    return get_close_matches(name[:200], list(known), n=_NEAREST, cutoff=_LIKENESS)
