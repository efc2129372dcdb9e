"""One JSON string: where it ends, and whether what it escapes is a character."""

import re
from typing import NoReturn

import msgspec

from shared.strict_json.errors import JsonRejectedError

# Possessive repeats: a match over four million escapes keeps no place to return to for each.
_BODY = re.compile(rb'"(?:[^"\\\x00-\x1f]++|\\["\\/bfnrt]|\\u[0-9A-Fa-f]{4})*+')
_ESCAPE = re.compile(rb"\\(?:u([0-9A-Fa-f]{4})|.)")
_HIGH = range(0xD800, 0xDC00)
_LOW = range(0xDC00, 0xE000)
_QUOTE = ord('"')
_BACKSLASH = ord("\\")
_CONTROL_NAMES = {0x09: "tab (\\t)", 0x0A: "line break (\\n)", 0x0D: "carriage return (\\r)"}


def check_string(data: bytes, start: int, *, allow_nul: bool) -> int:
    """The offset after the string that begins at `start`. Raises JsonRejectedError."""
    match = _BODY.match(data, start)
    end = match.end() if match else start
    if end == len(data) or data[end] != _QUOTE:
        _reject_body(data, start, end)
    if data.find(b"\\u", start, end) >= 0:
        _check_escapes(data, start, end, allow_nul=allow_nul)
    return end + 1


def decode_string(token: bytes) -> str:
    """The text of a checked string token."""
    return msgspec.json.decode(token, type=str)


def _check_escapes(data: bytes, start: int, end: int, *, allow_nul: bool) -> None:
    awaited_at = None
    """Where the low half of a pair must stand."""
    for match in _ESCAPE.finditer(data, start, end):
        unit = int(match.group(1), 16) if match.group(1) else None
        if awaited_at is not None:
            if match.start() != awaited_at or unit not in _LOW:
                _reject_surrogate(data, awaited_at - 6)
            awaited_at = None
        elif unit in _HIGH:
            awaited_at = match.end()
        elif unit in _LOW:
            _reject_surrogate(data, match.start())
        elif unit == 0 and not allow_nul:
            reason = "A string holds the NUL character \\u0000, which cannot be stored"
            raise JsonRejectedError("json_nul", reason, data=data, offset=match.start())
    if awaited_at is not None:
        _reject_surrogate(data, awaited_at - 6)


def _reject_surrogate(data: bytes, offset: int) -> NoReturn:
    escape = data[offset : offset + 6].decode("ascii")
    reason = f"{escape} is half of a surrogate pair and no character; the other half is missing"
    raise JsonRejectedError("json_invalid_unicode", reason, data=data, offset=offset)


def _reject_body(data: bytes, start: int, end: int) -> NoReturn:
    if end == len(data):
        hint, reason, offset = (
            "truncated",
            "A string has no closing quote; the text seems to be cut off",
            start,
        )
    elif data[end] == _BACKSLASH:
        hint, reason, offset = (
            "bad_escape",
            "A backslash begins no valid escape; write \\\\ for a backslash",
            end,
        )
    else:
        name = _CONTROL_NAMES.get(data[end], f"control character (\\u{data[end]:04x})")
        hint, reason, offset = "raw_control", f"A string holds a raw {name}; write it as the escape", end
    raise JsonRejectedError("json_invalid", reason, data=data, offset=offset, hint=hint)
