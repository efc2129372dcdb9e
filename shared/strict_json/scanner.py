"""Reading a document token by token, without recursion, to say exactly what is wrong with it and where."""

import re
from math import isinf
from typing import Any, NoReturn

from shared.quoting import quote
from shared.strict_json import hints
from shared.strict_json.encoding import check_encoding
from shared.strict_json.errors import JsonRejectedError
from shared.strict_json.keys import INT64_MAX, INT64_MIN
from shared.strict_json.strings import check_string, decode_string

_INT64_DIGITS = 19

_SPACE = re.compile(rb"[ \t\n\r]*+")
_NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*+)((?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?)(?![0-9A-Za-z_.+-])")
_LITERAL = re.compile(rb"(?:true|false|null)(?![0-9A-Za-z_])")


class Scanner:
    """One pass over one document. `scan()` raises JsonRejectedError at the first rule that it breaks."""

    def __init__(self, data: bytes, *, max_depth: int, allow_nul: bool) -> None:
        self._data = data
        self._max_depth = max_depth
        self._allow_nul = allow_nul
        # One entry per open container: the keys seen in an object, None for an array.
        self._open: list[set[str] | None] = []
        self._expect = self._value

    def scan(self) -> None:
        check_encoding(self._data)
        position = self._skip_space(0)
        while position < len(self._data):
            position = self._skip_space(self._expect(position))
        if self._expect != self._end:
            hint, reason = hints.explain_end(is_empty=not self._data.strip(), is_nested=bool(self._open))
            self._reject("json_invalid", reason, position, hint)

    def _value(self, start: int) -> int:
        byte = self._data[start : start + 1]
        if byte == b'"':
            self._after_value()
            return self._string(start)
        if byte in {b"{", b"["}:
            return self._open_container(start)
        if match := _NUMBER.match(self._data, start):
            self._check_number(match)
        elif not (match := _LITERAL.match(self._data, start)):
            self._reject_value(start)
        self._after_value()
        return match.end()

    def _first_item(self, start: int) -> int:
        return self._close(start) if self._data[start] == ord("]") else self._value(start)

    def _first_key(self, start: int) -> int:
        return self._close(start) if self._data[start] == ord("}") else self._key(start)

    def _key(self, start: int) -> int:
        if self._data[start] != ord('"'):
            hint, reason = hints.explain_key(self._data[start : start + hints.LOOK_BYTES])
            self._reject("json_invalid", reason, start, hint)
        end = self._string(start)
        key = decode_string(self._data[start:end])
        seen = self._open[-1]
        if seen is None or key in seen:
            self._reject("json_duplicate_key", f"The key {quote(key)} appears twice in one object", start)
        seen.add(key)
        self._expect = self._colon
        return end

    def _colon(self, start: int) -> int:
        if self._data[start] != ord(":"):
            self._reject("json_invalid", "A colon is missing after a key", start, "missing_colon")
        self._expect = self._value
        return start + 1

    def _separator(self, start: int) -> int:
        is_object = self._open[-1] is not None
        byte = self._data[start : start + 1]
        if byte == (b"}" if is_object else b"]"):
            return self._close(start)
        if byte != b",":
            hint, reason = hints.explain_separator(self._data[start : start + hints.LOOK_BYTES], is_object=is_object)
            self._reject("json_invalid", reason, start, hint)
        self._expect = self._key if is_object else self._value
        return start + 1

    def _end(self, start: int) -> NoReturn:
        hint, reason = hints.explain_extra(self._data[start : start + hints.LOOK_BYTES])
        self._reject("json_invalid", reason, start, hint)

    def _open_container(self, start: int) -> int:
        if len(self._open) == self._max_depth:
            self._reject("json_too_deep", f"Arrays and objects are nested deeper than {self._max_depth} levels", start)
        is_object = self._data[start] == ord("{")
        self._open.append(set() if is_object else None)
        self._expect = self._first_key if is_object else self._first_item
        return start + 1

    def _close(self, start: int) -> int:
        self._open.pop()
        self._after_value()
        return start + 1

    def _after_value(self) -> None:
        self._expect = self._separator if self._open else self._end

    def _string(self, start: int) -> int:
        return check_string(self._data, start, allow_nul=self._allow_nul)

    def _check_number(self, match: re.Match[bytes]) -> None:
        digits = match.group().removeprefix(b"-")
        if match.group(1):
            is_too_large = isinf(float(match.group()))
        else:
            # int() of a long text is quadratic in its length, so the digits are counted first.
            is_too_large = len(digits) > _INT64_DIGITS or not INT64_MIN <= int(match.group()) <= INT64_MAX
        if is_too_large:
            reason = f"A number is out of range: {quote(match.group()[:100].decode())}"
            self._reject("json_number_out_of_range", reason, match.start())

    def _reject_value(self, start: int) -> NoReturn:
        code, hint, reason = hints.explain_value(self._data[start : start + hints.LOOK_BYTES])
        self._reject(code, reason, start, hint)

    def _skip_space(self, position: int) -> int:
        match: Any = _SPACE.match(self._data, position)
        end: int = match.end()
        return end

    def _reject(self, code: str, reason: str, offset: int, hint: str | None = None) -> NoReturn:
        raise JsonRejectedError(code, reason, data=self._data, offset=offset, hint=hint)
