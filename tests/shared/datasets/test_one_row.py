"""Single rows out of files of any size."""

from collections.abc import Iterator

import pytest

from shared.datasets.one_row import RowInvalidError, RowNotFoundError, read_first_rows, read_row
from tests.shared.datasets.builders import GOOD, in_chunks, line, talk

MAX_LINE_BYTES = 1000
FILE = b"".join(talk(f"Question {number}?", "Yes.") for number in range(1, 21))


def asked(data: bytes, number: int, chunk_bytes: int = 64) -> str:
    return read_row(in_chunks(data, chunk_bytes), number, max_line_bytes=MAX_LINE_BYTES).turns[0].content


class TestReadRow:
    @pytest.mark.parametrize("chunk_bytes", [1, 7, 64, 100_000])
    @pytest.mark.parametrize("number", [1, 2, 13, 20])
    def test_finds_the_line(self, number: int, chunk_bytes: int) -> None:
        """A line is found by its number, wherever the pieces of the file are cut."""
        assert asked(FILE, number, chunk_bytes) == f"Question {number}?"

    def test_takes_files_as_they_come(self) -> None:
        """A byte order mark, CR LF and a missing last line feed are no part of a row."""
        data = b"\xef\xbb\xbf" + GOOD.strip() + b"\r\n" + talk("Last?", "Yes.").strip()

        assert asked(data, 1) == "Where is my order?"
        assert asked(data, 2) == "Last?"

    @pytest.mark.parametrize(("data", "n_lines"), [(FILE, 20), (FILE.strip(), 20), (b"", 0), (b"\n", 1)])
    def test_says_how_many_lines_there_are(self, data: bytes, n_lines: int) -> None:
        """A line behind the end is refused with the number of lines."""
        with pytest.raises(RowNotFoundError, match=f"the file has {n_lines},"):
            asked(data, n_lines + 1)

    @pytest.mark.parametrize(
        ("bad", "problem"),
        [
            (b"{\n", "Line 2: "),
            (b" \n", "Line 2 is blank"),
            (b"x" * 2000 + b"\n", "Line 2 is longer than 1,000 bytes"),
            (b"[1]\n", "Line 2: This is an array"),
            (line({"messages": []}), 'Line 2: "messages" is empty'),
            (line({"instruction": "a"}), "Line 2: .*Alpaca"),
        ],
    )
    def test_says_what_is_wrong_with_a_line(self, bad: bytes, problem: str) -> None:
        """A line without a sound row is refused in the words of the check."""
        with pytest.raises(RowInvalidError, match=problem):
            asked(GOOD + bad + GOOD, 2)

    def test_reads_no_further_than_it_must(self) -> None:
        """What follows a line is left alone."""

        def chunks() -> Iterator[bytes]:
            yield GOOD * 3
            raise AssertionError("read on")

        assert len(read_row(chunks(), 2, max_line_bytes=MAX_LINE_BYTES).turns) == 2


class TestFirstRows:
    def test_are_the_first_sound_ones(self) -> None:
        """Bad and blank lines are passed over, and only so many lines are looked at."""
        data = b"{\n\n" + FILE + GOOD

        found = read_first_rows(in_chunks(data, 50), most=3, most_lines=100, max_line_bytes=MAX_LINE_BYTES)
        assert [number for number, _row in found] == [3, 4, 5]
        assert not list(read_first_rows([data], most=3, most_lines=2, max_line_bytes=MAX_LINE_BYTES))
