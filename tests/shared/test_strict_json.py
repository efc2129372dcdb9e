"""The reader for JSON from outside: what it takes, what it refuses, and what it says."""

import time
from typing import Any

import pytest

from shared.strict_json import JsonRejectedError, loads


def rejected(data: bytes, **options: Any) -> JsonRejectedError:
    with pytest.raises(JsonRejectedError) as caught:
        loads(data, **options)
    return caught.value


class TestAccepted:
    @pytest.mark.parametrize(
        ("data", "value"),
        [
            (
                b'{"a": [1, -0, 1E2, 1.5, true, false, null, ""]}',
                {"a": [1, 0, 100.0, 1.5, True, False, None, ""]},
            ),
            (b" \t\r\n[ ]\n", []),
            (b"9223372036854775807", 2**63 - 1),
            (b"-9223372036854775808", -(2**63)),
            (rb'"\ud83d\ude00"', "😀"),
            ('"\u2028\u0085"'.encode(), "\u2028\u0085"),
            (rb'{"a": "{\"b\": \"c\\\\\", \"b\" : 1}"}', {"a": r'{"b": "c\\", "b" : 1}'}),
            (b'{"a": ":)", "b" : ": x", "c": "\\\\"}', {"a": ":)", "b": ": x", "c": "\\"}),
            (
                b'{"a": {"a": {"a": 1}}, "b": [{"a": 1}, {"a": 1}]}',
                {"a": {"a": {"a": 1}}, "b": [{"a": 1}, {"a": 1}]},
            ),
        ],
    )
    def test_reads_json(self, data: bytes, value: object) -> None:
        """Every valid document within the limits is read as JSON defines it."""
        assert loads(data) == value

    def test_nul_is_data_where_allowed(self) -> None:
        r"""`\u0000` in a string is refused unless the caller takes it as data."""
        data = rb'{"a": "x\u0000"}'

        assert loads(data, allow_nul=True) == {"a": "x\0"}
        assert rejected(data).code == "json_nul"

    def test_escaped_backslash_is_not_nul(self) -> None:
        r"""`\\u0000` is a backslash and five characters, and no NUL."""
        assert loads(rb'"\\u0000"') == r"\u0000"

    def test_depth_counts_containers(self) -> None:
        """A document may nest exactly `max_depth` arrays and objects."""
        assert loads(b'[{"a": 1}]', max_depth=2) == [{"a": 1}]
        assert rejected(b'[{"a": []}]', max_depth=2).code == "json_too_deep"


class TestRefused:
    @pytest.mark.parametrize(
        ("data", "code"),
        [
            *[(data, "json_invalid") for data in [b"", b" ", b"{", b'{"a"', b'{"a":', b'{"a":1', b"[1", b'"a', b"t"]],
            *[(data, "json_invalid") for data in [b"01", b"1.", b".5", b"+1", b"1e", b"-", b"0x1", b"1_000", b"--1"]],
            *[(data, "json_invalid") for data in [b'"\x01"', b'"\n"', rb'"\x"', rb'"\u00g0"', b"[1 2]", b'{"a" 1}']],
            *[(data, "json_invalid") for data in [b"{]", b"[}", b"[1}", b'{"a":1]', b"\x0c1", b"{} {}", b"1\x00"]],
            (b'{"a":1,"b":2,"a":3}', "json_duplicate_key"),
            (rb'{"a":1,"\u0061":2}', "json_duplicate_key"),
            (b'{"a" :1,"a" :2}', "json_duplicate_key"),
            (b'{"x":":)","a" :1,"a"\t:2}', "json_duplicate_key"),
            (rb'{"k\\":1,"k\\":2}', "json_duplicate_key"),
            (b'[[{"":1,"":2}]]', "json_duplicate_key"),
            (b"NaN", "json_nan"),
            (b'{"a": Infinity}', "json_nan"),
            (b"[-Infinity]", "json_nan"),
            (b"9223372036854775808", "json_number_out_of_range"),
            (b"[-9223372036854775809]", "json_number_out_of_range"),
            (b"1e400", "json_number_out_of_range"),
            (b'{"a": -1e400}', "json_number_out_of_range"),
            (b"\xef\xbb\xbf{}", "json_encoding"),
            ("{}".encode("utf-16"), "json_encoding"),
            ('{"a":1}'.encode("utf-16-le"), "json_encoding"),
            ('{"a":1}'.encode("utf-32-be"), "json_encoding"),
            (b'"Z\xfcrich"', "json_encoding"),
            (b'"\xc0\x80"', "json_encoding"),
            (b'"\xed\xa0\xbd\xed\xb8\x80"', "json_encoding"),
            (rb'"\ud800"', "json_invalid_unicode"),
            (rb'"\udc00\ud800"', "json_invalid_unicode"),
            (rb'"\ud800\u0041"', "json_invalid_unicode"),
            (rb'{"\ud800": 1}', "json_invalid_unicode"),
        ],
    )
    def test_has_a_code(self, data: bytes, code: str) -> None:
        """Each kind of fault has its own code."""
        assert rejected(data).code == code

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            (b'{"a": 1,}', "A comma stands before the closing brace; remove it (column 9)"),
            (b"{'a': 1}", "JSON strings stand in double quotes, not in single quotes (column 2)"),
            (b"{a: 1}", "A key has no double quotes around it (column 2)"),
            (b'{"a": NaN}', "NaN is not JSON; use null or leave the key out (column 7)"),
            (b'{"a": True}', "True is not JSON; write true (column 7)"),
            (
                b'{"a": 1} {"a": 2}',
                "A second document follows the first; put each on its own line (column 10)",
            ),
            (b'{"a": 1},', "A comma follows the end of the document; remove it (column 9)"),
            (b'{"a": 1 // one\n}', "JSON has no comments (column 9)"),
            (
                b'{"a": "x"y"}',
                "A comma or a closing bracket is missing; is there an unescaped quote before it? (column 10)",
            ),
            (b'{"a": "x', "A string has no closing quote; the text seems to be cut off (column 7)"),
            (
                b'{"a": [1,\n',
                "The text ends inside an array or object; it seems to be cut off (line 2, column 1)",
            ),
            (b'{\n"a": "x\ty"}', "A string holds a raw tab (\\t); write it as the escape (line 2, column 8)"),
            ('{"ä": "é", "b": t}'.encode(), "A value is missing here (column 17)"),
            (b'"\xe4"', "Byte 1 (0xe4) is not UTF-8 (column 2)"),
            (
                rb'"a\ud83d"',
                r"\ud83d is half of a surrogate pair and no character; the other half is missing (column 3)",
            ),
            (b'{"a": 1, "a": 2}', 'The key "a" appears twice in one object (column 10)'),
            (b"[" * 40, "Arrays and objects are nested deeper than 32 levels (column 33)"),
        ],
    )
    def test_says_what_and_where(self, data: bytes, message: str) -> None:
        """The message names the slip, its place, and what would help."""
        assert rejected(data).message == message

    def test_shows_little_of_a_hostile_key(self) -> None:
        """A duplicate key of a megabyte, or one with control characters, is shown cut and escaped."""
        key = b'"\\u001b' + b"k" * 1_000_000 + b'"'

        error = rejected(b"{%b:1,%b:2}" % (key, key))

        assert len(error.message) < 200
        assert "\\x1bkkk" in error.message


class TestHostileInput:
    @pytest.mark.parametrize(
        "data",
        [
            pytest.param(b"[" * 1_000_000, id="a megabyte of brackets"),
            pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, id="100,000 deep"),
            pytest.param(b"[" + b"1" * 5_000 + b"]", id="5,000 digits"),
            pytest.param(b"-" + b"1" * 1_000_000, id="a million digits"),
            pytest.param(b"1" * 1_000_000 + b".5", id="a million digits and a fraction"),
            pytest.param(b'{"a": "\\ud800' + b"x" * 1_000_000 + b'"}', id="a lone surrogate in a megabyte"),
        ],
    )
    def test_is_refused_in_milliseconds(self, data: bytes) -> None:
        """Depth and digits cost no more than reading the bytes."""
        started = time.process_time()

        rejected(data)

        assert time.process_time() - started < 0.05

    @pytest.mark.parametrize(
        "unit",
        [b'\\"', b"\\\\", b'\\":', b": ", b'\\" ', b"\\u0000", b"\\ud83d\\ude00", b"   "],
        ids=repr,
    )
    def test_time_is_linear(self, unit: bytes) -> None:
        """Two megabytes of whatever a scan might stumble over take less than a second, sound or broken."""
        body = unit * (2_000_000 // len(unit))
        started = time.process_time()

        value = loads(b'{"a": ":%b"}' % body, allow_nul=True)
        rejected(b'{"a": ":%b' % body, allow_nul=True)

        assert len(value["a"]) > 100_000
        assert time.process_time() - started < 1
