"""What bad input gets: each kind of it once, with the code, the line and the byte that the report names."""

import json
import time
import tracemalloc
from itertools import chain
from typing import NamedTuple

import pytest

from shared.datasets.check import check_file
from shared.datasets.tokens.target import hosted_target
from shared.datasets.tokens.watcher import TokenWatcher
from tests.shared.datasets.builders import (
    ASSISTANT,
    GOOD,
    USER,
    chat,
    check,
    check_quality,
    codes,
    line,
    repeated,
    talk,
)

START = len(GOOD)
"""The byte at which the second line begins."""

LATER = b'{"messages": [], "x": '


class Bad(NamedTuple):
    name: str
    data: bytes
    "What stands after one good line."
    codes: dict[str, int]
    line: int | None = 2
    byte: int | None = None
    "As `byte_offset` in the finding; None where the line says enough."


BAD_LINES = [
    Bad("byte order mark inside", b"\xef\xbb\xbf" + GOOD, {"json_invalid": 1}, byte=START),
    Bad("carriage returns alone", b"{}\r{}\n", {"json_invalid": 1}, byte=START + 3),
    Bad("line separators are text", talk("a\u2028b\u0085c", "d"), {}, line=None),
    Bad("UTF-8 cut off", GOOD[:30] + "é".encode()[:1] + b'"\n', {"encoding_not_utf8": 1}, byte=START + 30),
    Bad("a raw byte of Latin-1", b'{"messages": "caf\xe9"}\n', {"encoding_not_utf8": 1}, byte=START + 17),
    Bad("a NUL outside a text", b"\0" + GOOD, {"json_invalid": 1}, byte=START),
    Bad("100,000 brackets", b"[" * 100_000 + b"\n", {"nesting_too_deep": 1}, byte=START + 64),
    Bad("nested too deep, and closed", LATER + b"[" * 70 + b"]" * 70 + b"}\n", {"nesting_too_deep": 1}),
    Bad("an integer of 5,000 digits", LATER + b"9" * 5_000 + b"}\n", {"json_number_out_of_range": 1}),
    Bad("2 to the power of 63", LATER + b"9223372036854775808}\n", {"json_number_out_of_range": 1}),
    Bad("1e400", LATER + b"1e400}\n", {"json_number_out_of_range": 1}, byte=START + len(LATER)),
    Bad("NaN", LATER + b"NaN}\n", {"json_invalid": 1}, byte=START + len(LATER)),
    Bad("Infinity", LATER + b"-Infinity}\n", {"json_invalid": 1}),
    Bad("a key twice", b'{"messages": [], "messages": []}\n', {"json_duplicate_key": 1}, byte=START + 17),
    Bad("a key twice, written differently", b'{"messages": [], "m\\u0065ssages": []}\n', {"json_duplicate_key": 1}),
    Bad("half a surrogate pair", b'{"messages": "\\ud800"}\n', {"lone_surrogate": 1}, byte=START + 14),
    Bad("cut off", GOOD[:40] + b"\n", {"json_invalid": 1}),
    Bad("two documents", GOOD.strip() + GOOD, {"json_invalid": 1}, byte=2 * START - 1),
    Bad("a comma too many", b'{"messages": [],}\n', {"json_invalid": 1}, byte=START + 16),
    Bad("single quotes", b"{'messages': []}\n", {"json_invalid": 1}, byte=START + 1),
    Bad("a comment", b"// rows\n", {"json_invalid": 1}, byte=START),
    Bad("a number", b"1\n", {"line_not_object": 1}),
    Bad("null", b"null\n", {"line_not_object": 1}),
    Bad("a string", b'"x"\n', {"line_not_object": 1}),
    Bad("an empty array", b"[]\n", {"line_not_object": 1}),
    Bad("a blank line between", b" \t\n" + GOOD, {"blank_line": 1}),
    Bad("no line feed at the end", GOOD.strip(), {}, line=None),
    Bad("another format", b'{"instruction": "a", "output": "b"}\n', {"messages_missing": 1}),
    Bad("10,000 messages", chat(*[USER, ASSISTANT] * 5_000), {"messages_too_many": 1}),
]
HOSTILE_IMAGES = [
    "file:///etc/passwd",
    "http://169.254.169.254/latest/meta-data",
    "javascript:alert(1)",
    "data:text/html;base64,PHNjcmlwdD4=",
    "data:image/png;base64," + "A" * 50,
    "https://user:word@host/x.png",
    "//host/x.png",
    "\u202egnp.x//:sptth",
]
BOMBS = ["a" * 50_000 + "!", "a@" * 20_000, "@ ://a:" + "a" * 50_000, "1 " * 25_000, "<a " * 20_000, "{{" * 25_000]
BOMBS += ["```" * 15_000, "sk-" * 15_000, "eyJ" + "a.eyJ" * 10_000, "+1(" * 15_000, "I am " * 10_000, "[" * 50_000]


class TestLines:
    @pytest.mark.parametrize("bad", BAD_LINES, ids=lambda bad: bad.name)
    def test_get_code_line_and_byte(self, bad: Bad) -> None:
        """A bad line is one finding of its code, at its line and byte, and the lines around it are read."""
        report = check(GOOD + bad.data)

        counts = codes(report)
        counts.pop("duplicate_exact", None)
        assert counts == bad.codes
        assert report.n_examples >= 1
        found = [finding for finding in report.findings if finding.code in bad.codes]
        assert [finding.line for finding in found] == [bad.line] * len(bad.codes)
        assert bad.byte is None or found[0].detail["byte_offset"] == bad.byte

    @pytest.mark.parametrize("text", ["a\0b", "\x1b[31mred", "\u202eabc", "\ufffe"])
    def test_controls_in_texts_are_data(self, text: str) -> None:
        """Characters that move cursors are allowed in a text, and never shown as they are."""
        report = check_quality(GOOD + talk(text, text))

        assert report.n_errors == 0
        assert all(finding.message.isprintable() for finding in report.findings)

    def test_windows_files_are_read(self) -> None:
        """A mark at the start and carriage returns at line ends are noted, and every row is read."""
        report = check(b"\xef\xbb\xbf" + GOOD.replace(b"\n", b"\r\n") + talk("a", "b").replace(b"\n", b"\r\n"))

        assert (codes(report), report.n_examples) == ({"encoding_bom": 1, "line_endings_crlf": 1}, 2)

    @pytest.mark.parametrize("url", HOSTILE_IMAGES)
    def test_hostile_image_addresses_are_errors(self, url: str) -> None:
        """What is no https address and no image is refused by looking at it; nothing is fetched."""
        image = {"type": "image_url", "image_url": {"url": url}}

        report = check(GOOD + chat({"role": "user", "content": [image]}, ASSISTANT))

        assert report.n_invalid_lines == 1
        assert {finding.line for finding in report.findings} == {2}


class TestSize:
    def test_a_line_of_100_mb_takes_no_memory(self) -> None:
        """An endless line is passed over in memory that does not depend on it, and the next line is read."""
        piece = b"x" * (1 << 20)
        tracemalloc.start()
        report = check_file(chain([GOOD], repeated(piece, 100), [b"\n", GOOD]), max_line_bytes=4 << 20)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

        assert (report.n_lines, report.counts["line_too_long"], report.n_examples) == (3, 1, 2)
        assert report.findings[0].detail["byte_offset"] == START
        assert peak < 12 << 20

    @pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb[:12])
    def test_texts_that_make_patterns_explode_take_no_time(self, bomb: str) -> None:
        """A text of 50 kB made against patterns is checked in full depth, tokens included, in well under a second."""
        data = talk(bomb, bomb)
        began = time.process_time()

        report = check_quality(data, extra=[lambda: TokenWatcher(hosted_target("gpt-4o"))])

        assert report.n_lines == 1
        assert time.process_time() - began < 3

    def test_a_million_empty_lines(self) -> None:
        """A file of nothing but line feeds is empty, whatever its length."""
        assert codes(check(b"\n" * 1_000_000))["file_empty"] == 1

    def test_many_keys_of_one_object(self) -> None:
        """An object of a hundred thousand keys is one bad row."""
        report = check(GOOD + line({f"key{number}": number for number in range(100_000)}), max_line_bytes=8 << 20)

        assert (report.n_invalid_lines, report.n_examples) == (1, 1)
        assert len(json.dumps(report.to_dict())) < 100_000
