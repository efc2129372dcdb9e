"""The fast way through a document: one decode in C, then proofs that nothing is wrong with it.

Whatever cannot be proven here goes through the scanner, which reads byte by byte and finds what is wrong.
"""

import re
from typing import Any

import msgspec

from shared.strict_json.errors import JsonRejectedError
from shared.strict_json.scanner import INT64_MAX, INT64_MIN, Scanner

MAX_DEPTH = 32

_decode = msgspec.json.Decoder().decode
_MAX_RUN = 7
"""Backslashes in a run told apart. Odd, so that a longer run counts as not escaped: the safe side."""

# A search for a literal first byte takes 0.8 ns a byte, as much as one bytes.count for one spelling.
_KEY_END = re.compile(rb'"[ \t\n\r]*+:')
_ESCAPED_KEY_ENDS = [re.compile(rb"\\" * run + _KEY_END.pattern) for run in range(1, _MAX_RUN)]


def loads(data: bytes, *, max_depth: int = MAX_DEPTH, allow_nul: bool = False) -> Any:
    r"""The value of a UTF-8 JSON document, in linear time. Raises JsonRejectedError and nothing else.

    A document may nest `max_depth` arrays and objects. `allow_nul` lets `\u0000` stand in strings, as data
    may have it; PostgreSQL's text cannot. Codes: json_invalid, json_too_deep, json_duplicate_key, json_nan,
    json_number_out_of_range, json_encoding, json_invalid_unicode, json_nul.
    """
    try:
        value = _decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        Scanner(data, max_depth=max_depth, allow_nul=allow_nul).scan()
        raise JsonRejectedError("json_invalid", f"This is not JSON: {error}", data=data, offset=0) from None

    if not _is_proven(data, value, max_depth=max_depth, allow_nul=allow_nul):
        Scanner(data, max_depth=max_depth, allow_nul=allow_nul).scan()
    return value


def _is_proven(data: bytes, value: Any, *, max_depth: int, allow_nul: bool) -> bool:
    """Whether no rule can be broken. A sound document may fail here; a faulty one never passes."""
    if not allow_nul and b"\\u0000" in data:
        return False
    if type(value) is not dict and type(value) is not list:
        return type(value) is not int or INT64_MIN <= value <= INT64_MAX

    # A duplicate key is in the text and not in the value: as many written as held means that there is none.
    held = _count_keys_held(value, max_depth)
    written = len(_KEY_END.findall(data))
    return held == written or (b"\\" in data and held == written - _count_escaped_key_ends(data))


def _count_keys_held(value: dict[str, Any] | list[Any], max_depth: int) -> int:
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


def _count_escaped_key_ends(data: bytes) -> int:
    r"""At most as many as the quotes before a colon that end no string, being escaped: `\":` in JSON in JSON.

    A quote is escaped by an odd run of backslashes. So these are the quotes after at least one backslash,
    less those after at least two, plus those after at least three, and so on.
    """
    escaped = 0
    sign = 1
    for pattern in _ESCAPED_KEY_ENDS:
        count = len(pattern.findall(data))
        escaped += sign * count
        sign = -sign
        if count == 0:
            break
    return escaped
