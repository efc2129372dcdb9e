"""How a stream of bytes is cut into lines."""

import tracemalloc
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.datasets.lines import Line, read_lines
from tests.shared.datasets.builders import in_chunks, repeated


def texts(data: bytes, *, chunk_bytes: int = 3, max_line_bytes: int = 100) -> list[bytes | None]:
    return [line.data for line in read_lines(in_chunks(data, chunk_bytes), max_line_bytes=max_line_bytes)]


class TestCutting:
    @pytest.mark.parametrize(
        ("data", "lines"),
        [
            (b"", []),
            (b"a", [b"a"]),
            (b"a\n", [b"a"]),
            (b"a\n\nb", [b"a", b"", b"b"]),
            (b"a\r\nb\r\n", [b"a", b"b"]),
            (b"a\rb\n", [b"a\rb"]),
            ("a\u2028b\u0085c\n".encode(), ["a\u2028b\u0085c".encode()]),
            (b"a\x0bb\x0cc\x1cd\n", [b"a\x0bb\x0cc\x1cd"]),
        ],
    )
    def test_only_at_line_feeds(self, data: bytes, lines: list[bytes]) -> None:
        """Only a line feed ends a line, with or without a carriage return before it."""
        assert texts(data) == lines

    def test_tells_number_and_offset(self) -> None:
        """Each line knows its number, counted from 1, and the byte at which it begins."""
        lines = list(read_lines([b"ab\nc", b"d\r\n", b"e"], max_line_bytes=9))

        assert lines == [Line(1, 0, b"ab", False), Line(2, 3, b"cd", True), Line(3, 7, b"e", False)]

    @given(
        st.lists(st.sampled_from([b"a", b"bc", b"\n", b"\r", b"\r\n", b"\xe2\x80\xa8"])).map(b"".join),
        st.integers(1, 9),
    )
    @settings(deadline=None)
    def test_does_not_depend_on_chunks(self, data: bytes, chunk_bytes: int) -> None:
        """However the stream is chunked, the lines are the same, and their offsets lead back to them."""
        lines = list(read_lines(in_chunks(data, chunk_bytes), max_line_bytes=100))

        assert lines == list(read_lines([data], max_line_bytes=100))
        assert [line.offset for line in lines] == [
            0,
            *(i + 1 for i, byte in enumerate(data[:-1]) if byte == ord("\n")),
        ][: len(lines)]


class TestLongLines:
    @pytest.mark.parametrize("chunk_bytes", [1, 3, 7, 1000])
    @pytest.mark.parametrize("end", [b"\n", b"\r\n"])
    def test_limit_counts_the_text(self, chunk_bytes: int, end: bytes) -> None:
        """A line may have exactly the allowed bytes, its line end not counted; a longer one is None."""
        data = b"x" * 10 + end + b"y" * 11 + end + b"z"

        assert texts(data, chunk_bytes=chunk_bytes, max_line_bytes=10) == [b"x" * 10, None, b"z"]

    def test_last_line_has_the_same_limit(self) -> None:
        """A last line without a line feed is held to the same limit."""
        assert texts(b"x" * 10, max_line_bytes=10) == [b"x" * 10]
        assert texts(b"x" * 11, max_line_bytes=10) == [None]

    def test_memory_is_flat(self) -> None:
        """A line of 300 MB is skipped in the memory of a few chunks."""
        chunk = b"x" * (1 << 20)
        stream = chain(repeated(chunk, 300), [b"\nshort\n"])
        tracemalloc.start()

        lines = list(read_lines(stream, max_line_bytes=4 << 20))
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()

        assert [line.data for line in lines] == [None, b"short"]
        assert peak_bytes < 12 << 20
