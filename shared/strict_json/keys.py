"""Whether every key written in a document is in the value read from it: if not, a key stands twice in one object.

Proven by counting. A sound document may fail the count; one with a duplicate key never passes.
"""

import re
from typing import Any

from shared.byte_search import count_bytes, find_bytes

INT64_MAX = 2**63 - 1
INT64_MIN = -(2**63)

_MAX_RUN = 7
"""Backslashes in a run told apart. Odd, so that a longer run counts as not escaped: the safe side."""

_KEY_END = b'":'
_ESCAPED_KEY_ENDS = [b"\\" * run + _KEY_END for run in range(1, _MAX_RUN)]
_SPACED_KEY_END = re.compile(rb'"[ \t\n\r]*+:')
_SPACED_ESCAPED_KEY_ENDS = [re.compile(rb"\\" * run + _SPACED_KEY_END.pattern) for run in range(1, _MAX_RUN)]
"""For a document that may have space between a key and its colon: a search for a pattern takes five times as long."""


def are_keys_held(data: bytes, held: int) -> bool:
    """Whether `data` has as many keys as the value that was read from it, `held` in all its objects."""
    is_spaced = _may_be_spaced(data)
    written = len(_SPACED_KEY_END.findall(data)) if is_spaced else count_bytes(data, _KEY_END)
    return held == written or (b"\\" in data and held == written - _count_escaped_key_ends(data, is_spaced=is_spaced))


def count_keys_held(value: dict[str, Any] | list[Any], max_depth: int) -> int:
    """Keys of all objects in `value`; -1 if it nests too deep or an integer needs more than 64 bits."""
    held = 0
    containers: list[Any] = [value]
    for container in containers:  # which grows while it is read: a queue without the cost of one
        if type(container) is dict:
            held += len(container)
            container = container.values()  # noqa: PLW2901 - one loop for both kinds, on the hottest path
        for item in container:
            kind = type(item)
            if kind is dict or kind is list:
                containers.append(item)
            elif kind is int and not INT64_MIN <= item <= INT64_MAX:
                return -1
    # Nothing nests deeper than it has containers.
    return held if len(containers) <= max_depth or _nests_within(value, max_depth) else -1


def _nests_within(value: Any, max_depth: int) -> bool:
    level = [value]
    for _ in range(max_depth):
        items = [item for container in level for item in (container.values() if type(container) is dict else container)]
        level = [item for item in items if type(item) is dict or type(item) is list]
        if not level:
            return True
    return False


def _may_be_spaced(data: bytes) -> bool:
    return find_bytes(data, b" :") >= 0 or b"\t" in data or b"\n" in data or b"\r" in data


def _count_escaped_key_ends(data: bytes, *, is_spaced: bool) -> int:
    r"""At most as many as the quotes before a colon that end no string, being escaped: `\":` in JSON in JSON.

    A quote is escaped by an odd run of backslashes. So these are the quotes after at least one backslash,
    less those after at least two, plus those after at least three, and so on.
    """
    escaped = 0
    sign = 1
    for plain, spaced in zip(_ESCAPED_KEY_ENDS, _SPACED_ESCAPED_KEY_ENDS, strict=True):
        count = len(spaced.findall(data)) if is_spaced else count_bytes(data, plain)
        escaped += sign * count
        sign = -sign
        if count == 0:
            break
    return escaped
