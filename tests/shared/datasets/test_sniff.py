"""Faults of a file as a whole: one sentence instead of an error for each line."""

import json

import pytest

from tests.shared.datasets.builders import ASSISTANT, GOOD, USER, chat, check, codes

PRETTY = json.dumps(json.loads(GOOD), indent=2).encode()


class TestWholeFileFaults:
    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
    def test_wide_encodings_are_one_error(self, encoding: str) -> None:
        """A UTF-16 or UTF-32 file is one error of the file, with a mark or without."""
        report = check((GOOD * 1000).decode().encode(encoding))

        assert codes(report) == {"encoding_not_utf8": 1}
        assert encoding[:6].upper() in report.error_summary()

    def test_latin1_is_guessed(self) -> None:
        """A byte of an older encoding is shown as the letter that it was."""
        report = check(chat({"role": "user", "content": "café"}, ASSISTANT).decode().encode("latin-1"))

        assert "in Windows-1252 (Latin-1) it is 'é'. Save the file as UTF-8." in report.findings[0].message

    @pytest.mark.parametrize("cut", [1, 2, 3])
    def test_truncated_utf8_is_an_error(self, cut: int) -> None:
        """A file cut inside a character has one bad line, with the byte at which it begins."""
        data = GOOD + chat({"role": "user", "content": "😀"}, ASSISTANT)
        end = data.index("😀".encode())

        report = check(data[: end + cut])

        assert codes(report) == {"encoding_not_utf8": 1}
        assert report.findings[0].detail["byte_offset"] == end

    @pytest.mark.parametrize(
        ("head", "name"),
        [
            (b"\x1f\x8b\x08\x00", "a gzip archive"),
            (b"PK\x03\x04", "a zip archive or an Excel workbook"),
            (b"%PDF-1.7", "a PDF document"),
            (b"PAR1", "a Parquet file"),
            (b"<!DOCTYPE html>", "an HTML page"),
        ],
    )
    def test_other_formats_are_named(self, head: bytes, name: str) -> None:
        """An archive or a document is one error that says what the file is."""
        report = check(head + b"\n\xff\x00{" * 10_000)

        assert codes(report) == {"file_format_unsupported": 1}
        assert report.error_summary().startswith(f"The file is {name}.")

    @pytest.mark.parametrize(
        "data",
        [
            pytest.param(b"[" + GOOD.strip() + b"]\n", id="on one line"),
            pytest.param(b"[\n" + b",\n".join([GOOD.strip()] * 5) + b"\n]\n", id="a row a line"),
            pytest.param(b" [ " + b",".join([GOOD.strip()] * 5_000) + b"]", id="long, on one line"),
            pytest.param(b"[\n" + b",\n".join([GOOD.strip()] * 5_000) + b"\n]\n", id="long, a row a line"),
            pytest.param(b"[" + b",".join([PRETTY] * 5_000) + b"]", id="indented"),
            pytest.param(b"[" + GOOD + GOOD + b"]", id="with a comma missing"),
        ],
    )
    def test_json_array_is_one_error(self, data: bytes) -> None:
        """A file that is one JSON array is one error of the file, however it is laid out."""
        report = check(data)

        assert codes(report) == {"json_array_file": 1}

    @pytest.mark.parametrize(
        "data",
        [
            pytest.param(PRETTY, id="one object"),
            pytest.param(b"\n".join([PRETTY] * 5_000), id="many objects"),
            pytest.param(
                json.dumps(json.loads(chat(*[USER, ASSISTANT] * 900)), indent=1).encode(), id="longer than looked at"
            ),
            pytest.param(PRETTY.replace(b"}\n  ]", b"},\n  ]"), id="with a comma too many"),
            pytest.param(GOOD.replace(b"[", b"[\n"), id="broken once"),
        ],
    )
    def test_pretty_printed_json_is_one_error(self, data: bytes) -> None:
        """A file of objects spread over lines is one error of the file."""
        report = check(data)

        assert codes(report) == {"json_pretty_printed": 1}

    @pytest.mark.parametrize("first", [GOOD[:20] + b"\n", b"[1]\n", b'[{"role": "user"}]\n', b'{"messages": [\n'])
    def test_one_bad_first_line_is_only_that(self, first: bytes) -> None:
        """A first line that is cut off or an array does not condemn the lines after it."""
        report = check(first + GOOD * 3)

        assert (report.n_invalid_lines, report.n_examples) == (1, 3)

    def test_byte_order_mark_inside_is_an_error(self) -> None:
        """A mark at the start is skipped; one inside, as joining files leaves it, is an error of its line."""
        report = check(b"\xef\xbb\xbf" + GOOD + b"\xef\xbb\xbf" + GOOD)

        assert codes(report) == {"encoding_bom": 1, "json_invalid": 1}
        assert report.findings[-1].line == 2

    @pytest.mark.parametrize("data", [b"", b"\n", b" \r\n\n\t", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
    def test_nothing_is_empty(self, data: bytes) -> None:
        """A file without a line of text is empty, whatever white space it has."""
        report = check(data)

        assert report.counts["file_empty"] == 1
        assert report.error_summary().startswith("The file is empty.")
