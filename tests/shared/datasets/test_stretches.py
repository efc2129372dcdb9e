"""A file read in stretches, each by itself, gives the report of the file read at once."""

import pickle
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from shared.datasets.check import check_stretch
from shared.datasets.checks.context import Context
from shared.datasets.depths import Depth
from shared.datasets.report import Report
from shared.datasets.stretch import Stretch
from shared.datasets.watchers import Watcher
from tests.shared.datasets.builders import (
    ASSISTANT,
    GOOD,
    MAX_LINE_BYTES,
    TOOL,
    USER,
    chat,
    check,
    graded,
    in_chunks,
    pair,
    talk,
)

MakeWatcher = Callable[[], Watcher]
LINES = [
    GOOD,
    talk("Where is my order?", "In the shop."),
    b"\n",
    b"\r\n",
    chat(USER),
    talk("Who?", "I'm sorry, but I can't help with that."),
    b'{"messages": \xff}\n',
    pair("Yes.", "No."),
    pair("No.", "Yes."),
    pair("Same.", "Same."),
    graded("2 + 2?", answer=4),
    b'{"instruction": "a"}\n',
    chat(USER, {**ASSISTANT, "content": "Ask jane@acme.io. "}, tools=[TOOL]),
    talk("Tell me of the sea.", "The sea is wide and the sea is deep and nobody knows what lies on its floor."),
    talk("Tell me of the sea!", "The sea is wide and the sea is deep and nobody knows what lies on its floor."),
    talk("Again?", "The sea is wide and the sea is deep as nobody but a sailor knows. " * 3),
    b"\n",
] * 4


def read_stretches(
    lines: list[bytes], sizes: int, depth: Depth, *, context: Context | None = None, extra: Sequence[MakeWatcher] = ()
) -> Report:
    """The report of lines that are read `sizes` at a time, as by workers that know nothing of each other."""
    first: Stretch | None = None
    for start in range(0, len(lines), sizes):
        data = b"".join(lines[start : start + sizes])
        stretch = check_stretch(
            in_chunks(data, 50),
            max_line_bytes=MAX_LINE_BYTES,
            context=context or Context(),
            depth=depth,
            is_first=start == 0,
            extra=extra,
        )
        stretch = pickle.loads(pickle.dumps(stretch))  # noqa: S301 - as a pool of processes does
        if first is None:
            first = stretch
        else:
            first.merge(stretch)
    return Report() if first is None else first.finish()


def without_blank_lines(report: dict[str, Any]) -> dict[str, Any]:
    """A run of blank lines over a cut is told in two findings that count the same."""
    for code in report["codes"]:
        code["samples"] = None if code["code"] == "blank_line" else code["samples"]
    return report


class TestMerging:
    @pytest.mark.parametrize("depth", Depth)
    @pytest.mark.parametrize("sizes", [1, 7, 20, 63])
    def test_gives_the_report_of_the_whole(self, depth: Depth, sizes: int) -> None:
        """Cut anywhere between lines, read apart and carried between processes, a file has the same findings."""
        whole = check(b"".join(LINES), depth=depth).to_dict()
        merged = read_stretches(LINES, sizes, depth).to_dict()

        assert without_blank_lines(merged) == without_blank_lines(whole)

    def test_lines_are_those_of_the_file(self) -> None:
        """Lines, offsets and the other lines of pairs are moved to their place in the file."""
        report = read_stretches([talk("a", "b"), talk("c", "d"), b"{\n", talk("c", "d")], 2, Depth.STRUCTURE)

        bad, again = report.findings
        assert (bad.line, bad.detail["byte_offset"]) == (3, len(talk("a", "b")) * 2 + 1)
        assert (again.line, again.detail["other_line"]) == (4, 2)

    def test_an_unreadable_file_stays_unreadable(self) -> None:
        """What the first bytes tell of the whole file is the one finding, however many stretches follow."""
        data = [b"\x1f\x8b\x08\x00\n", GOOD, GOOD]

        assert dict(read_stretches(data, 1, Depth.STRUCTURE).counts)["file_format_unsupported"] == 1
