"""The strict reader against the standard library's parser with the same rules put on top."""

import json
import math
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.strict_json import JsonRejectedError, loads
from shared.strict_json.scanner import Scanner

SMALL_DEPTH = 4


def reference(text: bytes, *, max_depth: int) -> Any:
    """The same rules on the standard library's parser; raises ValueError where they are broken."""
    decoded = text.decode("utf-8")
    value = json.loads(decoded, object_pairs_hook=unique, parse_constant=refuse, parse_float=finite)
    check_value(value, max_depth)
    return value


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        raise ValueError("duplicate key")
    return result


def refuse(constant: str) -> None:
    raise ValueError(constant)


def finite(text: str) -> float:
    if math.isinf(float(text)):
        raise ValueError(text)
    return float(text)


def check_value(value: Any, depth: int) -> None:
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError("out of range")
    if isinstance(value, str) and ("\0" in value or any("\ud800" <= c <= "\udfff" for c in value)):
        raise ValueError("not text")
    if isinstance(value, dict | list):
        if depth == 0:
            raise ValueError("too deep")
        for item in [*value, *value.values()] if isinstance(value, dict) else value:
            check_value(item, depth - 1)


def outcome(read: Any) -> tuple[bool, Any]:
    try:
        return True, json.dumps(read())
    except ValueError:
        return False, None
    except JsonRejectedError:
        return False, None


def assert_agreement(data: bytes) -> None:
    expected = outcome(lambda: reference(data, max_depth=SMALL_DEPTH))

    read = outcome(lambda: loads(data, max_depth=SMALL_DEPTH))
    scanned = outcome(lambda: Scanner(data, max_depth=SMALL_DEPTH, allow_nul=False).scan())

    assert read == expected
    assert scanned[0] == expected[0]


TOKENS = [
    *[
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
        b",",
        b'"',
        b"\\",
        b"a",
        b"u",
        b"0",
        b"1",
        b"-",
        b".",
        b"e",
        b"E",
        b"+",
        b" ",
        b"\n",
    ],
    *[
        b'"a"',
        b'"a":',
        b'"b" :',
        b'"a":1',
        b'":)"',
        b'"\\\\"',
        b'\\"',
        b"\\u0061",
        b"\\ud800",
        b"\\udc00",
        b"\\u0000",
    ],
    *[b"true", b"null", b"NaN", b"-Infinity", b"1e400", b"9223372036854775807", b"9223372036854775808"],
    *[
        b"\x00",
        b"\x01",
        b"\x7f",
        b"\xc3\xa9",
        b"\xff",
        b"\xed\xa0\x80",
        b"\xe2\x80\xa8",
        b"\xef\xbb\xbf",
        b"\t",
        b"\r",
    ],
]

SCALARS = st.none() | st.booleans() | st.integers(-(2**64), 2**64) | st.floats() | st.text(st.characters(), max_size=5)
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


class TestAgreementWithTheStandardLibrary:
    @given(st.lists(st.sampled_from(TOKENS), max_size=14).map(b"".join))
    @settings(max_examples=1500, deadline=None)
    @example(b'{"x":":)","a" :1,"a" :2}')
    @example(b'{"' + b"\\" * 14 + b'":1,"' + b"\\" * 14 + b'":1}')
    def test_on_token_soup(self, data: bytes) -> None:
        """Any sequence of JSON's tokens is taken or refused as the standard library with our rules does."""
        assert_agreement(data)

    @given(st.lists(st.sampled_from(TOKENS), max_size=8).map(b"".join))
    @settings(max_examples=500, deadline=None)
    def test_inside_an_object(self, soup: bytes) -> None:
        """The same holds for whatever follows a sound beginning."""
        assert_agreement(b'{"a":"b",' + soup + b"}")

    @given(DOCUMENTS, st.booleans(), st.sampled_from([None, 0, 2]))
    @settings(max_examples=500, deadline=None)
    def test_on_documents(self, value: Any, ensure_ascii: bool, indent: int | None) -> None:
        """Whatever the standard library writes is read back alike, or refused by a rule that it breaks."""
        text = json.dumps(value, ensure_ascii=ensure_ascii, indent=indent)

        assert_agreement(text.encode("utf-8", "surrogatepass"))

    @given(DOCUMENTS, st.data())
    @settings(max_examples=500, deadline=None)
    def test_on_damaged_documents(self, value: Any, data: st.DataObject) -> None:
        """A document with a piece cut out and another put in is judged alike."""
        text = json.dumps(value).encode()
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 3)))

        assert_agreement(text[:start] + data.draw(st.sampled_from(TOKENS)) + text[end:])

    @given(st.binary(max_size=40))
    @settings(deadline=None)
    def test_on_bytes(self, data: bytes) -> None:
        """Bytes that were never JSON raise nothing but JsonRejectedError."""
        assert_agreement(data)
