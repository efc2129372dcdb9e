"""One stretch of a file, some whole lines that follow each other: what was found in it, and what was noted of it.

Stretches may be read in different processes, in any order: they hold plain data, and are merged in file order.
"""

# ruff: noqa: SLF001 - stretches are merged with each other
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any, TypeVar

from shared.datasets.checks.context import Context
from shared.datasets.collector import Collector
from shared.datasets.formats_seen import FormatsSeen
from shared.datasets.json_line import read_object
from shared.datasets.lines import Block
from shared.datasets.make_row import make_row
from shared.datasets.plain import read_plain_row
from shared.datasets.report import Report
from shared.datasets.row import Format, Row
from shared.datasets.row_checks import check_row
from shared.datasets.tool_rows import read_tool_row
from shared.datasets.watchers import BlockWatcher, Describes, Facts, RowWatcher, Watcher

W = TypeVar("W")


class Stretch:
    """Lines count from 1 within the stretch; merging moves them to their place in the file."""

    def __init__(self, context: Context, watchers: Sequence[Watcher], *, max_line_bytes: int) -> None:
        self.report = Report()
        self.found = Collector(self.report)
        self.is_readable = True
        "False for a file that is no text in lines."
        self._context = context
        self._watchers = watchers
        self._row_watchers = [watcher for watcher in watchers if isinstance(watcher, RowWatcher)]
        self._block_watchers = [watcher for watcher in watchers if isinstance(watcher, BlockWatcher)]
        self._max_line_bytes = max_line_bytes
        self._formats = FormatsSeen()
        self._n_crlf = 0
        self._n_blank_at_end = 0

    def read(self, blocks: Iterable[Block]) -> None:
        for block in blocks:
            self._read_block(block)
        self.found.line = None

    def merge(self, later: "Stretch") -> None:
        """Add the stretch that follows this one in the file."""
        lines = self.report.n_lines
        has_rows = later.report.n_lines > later._n_blank_at_end
        if has_rows and self._n_blank_at_end:
            self._report_blank_lines(lines + 1)
        self._n_blank_at_end = later._n_blank_at_end + (0 if has_rows else self._n_blank_at_end)
        self._n_crlf += later._n_crlf
        self._formats.merge(later._formats, lines=lines)
        # Of the same kinds in the same order, which no type says.
        followers: Sequence[Any] = later._watchers
        for watcher, follower in zip(self._watchers, followers, strict=True):
            watcher.merge(follower, lines)
        self.found.merge(later.found)

    def finish(self) -> Report:
        """The verdict on the file, when all its stretches have been merged into this first one."""
        report, found = self.report, self.found
        if not self.is_readable:
            return report
        if self._n_crlf:
            found.add("line_endings_crlf", "Lines end with CR LF; the CR is skipped.", detail={"n_lines": self._n_crlf})
        if not report.n_examples and not report.n_invalid_lines:
            found.add("file_empty", 'The file is empty. Write one JSON object with "messages" on each line.')
        report.formats = self._formats.counts()
        self._formats.finish(found, method=self._context.method)
        facts = Facts(report.n_examples, report.formats, self._context)
        for watcher in self._watchers:
            watcher.finish(found, facts)
        for watcher in self._watchers:
            if isinstance(watcher, Describes):
                report.describe(watcher.describe(facts))
        return report

    def find_watcher(self, kind: type[W]) -> W | None:
        """The watcher of a kind, if it went along."""
        return next((watcher for watcher in self._watchers if isinstance(watcher, kind)), None)

    def _read_block(self, block: Block) -> None:
        """One pass, in the order of the lines; what sees many rows at once sees those of the block after it."""
        self.report.n_lines += len(block.lines)
        self._n_crlf += sum(block.has_cr)
        rows: list[Row] = []
        numbers: list[int] = []
        plain = self._read_plain_rows(block.lines)
        for number, offset, data, row in zip(
            count(block.first_number), block.offsets, block.lines, plain, strict=False
        ):
            if row is None and data is not None and not data.strip():
                self._n_blank_at_end += 1
                continue
            if self._n_blank_at_end:
                self._report_blank_lines(number)
            if row is None or self._row_watchers:
                row = self._check_line(number, offset, data, row)  # noqa: PLW2901 - the row that it turns out to be
            else:
                self._formats.see(Format.CHAT, number)
                self.report.n_examples += 1
            if row is not None:
                rows.append(row)
                numbers.append(number)
        for watcher in self._block_watchers:
            watcher.see_block(rows, numbers)

    def _read_plain_rows(self, lines: Sequence[bytes | None]) -> Sequence[Row | None]:
        """For each line its row if that can be read by a short way, since nothing is wrong with it."""
        if self._context.method == "reinforcement":
            return [None] * len(lines)
        return [None if data is None else read_plain_row(data) or read_tool_row(data) for data in lines]

    def _check_line(self, number: int, offset: int, data: bytes | None, plain: Row | None) -> Row | None:
        """Check the line unless its row is a `plain` one; the row if it is sound."""
        self.found.line = number
        errors_before = self.report.n_errors
        row = plain
        if data is None:
            problem = f"The line is longer than {self._max_line_bytes:,} bytes and was not read."
            self.found.add("line_too_long", problem, detail={"byte_offset": offset})
        elif plain is None:
            row = self._read_row(data, number, offset)
        else:
            self._formats.see(Format.CHAT, number)
        if row is not None and data is not None:
            for watcher in self._row_watchers:
                watcher.see(row, number, data, self.found)
        if self.report.n_errors == errors_before:
            self.report.n_examples += 1
        else:
            self.report.n_invalid_lines += 1
        return row

    def _read_row(self, data: bytes, number: int, offset: int) -> Row | None:
        """The row on a line if it is sound."""
        errors_before = self.report.n_errors
        value = read_object(data, self.found, offset=offset)
        if value is None:
            return None
        format_ = check_row(value, self.found, self._context, n_bytes=len(data))
        self._formats.see(format_, number)
        if format_ is None or self.report.n_errors > errors_before:
            return None
        return make_row(value, format_)

    def _report_blank_lines(self, until: int) -> None:
        count, self._n_blank_at_end = self._n_blank_at_end, 0
        what = "The line is blank; it is"
        if count > 1:
            what = f"This line and the {count - 1:,} after it are blank; they are"
        self.found.add_at(until - count, "blank_line", f"{what} skipped.", times=count)
