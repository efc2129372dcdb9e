"""One stretch of a file, some whole lines that follow each other: what was found in it, and what was noted of it.

Stretches may be read in different processes, in any order: they hold plain data, and are merged in file order.
"""

# ruff: noqa: SLF001 - stretches are merged with each other
from collections.abc import Iterable, Sequence
from typing import TypeVar

from shared.datasets.checks.context import Context
from shared.datasets.collector import Collector
from shared.datasets.formats_seen import FormatsSeen
from shared.datasets.json_line import read_object
from shared.datasets.lines import Line
from shared.datasets.make_row import make_row
from shared.datasets.plain import read_plain_row
from shared.datasets.report import Report
from shared.datasets.row import Row
from shared.datasets.row_checks import check_row
from shared.datasets.watchers import Describes, Facts, Watcher

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
        self._max_line_bytes = max_line_bytes
        self._formats = FormatsSeen()
        self._n_crlf = 0
        self._n_blank_at_end = 0

    def read(self, lines: Iterable[Line]) -> None:
        for line in lines:
            self.found.line = line.number
            self.report.n_lines += 1
            self._n_crlf += line.has_cr
            if line.data is not None and not line.data.strip():
                self._n_blank_at_end += 1
                continue
            if self._n_blank_at_end:
                self._report_blank_lines(line.number)
            self._check_line(line)
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
        for watcher, follower in zip(self._watchers, later._watchers, strict=True):
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

    def _check_line(self, line: Line) -> None:
        errors_before = self.report.n_errors
        row = None
        if line.data is None:
            problem = f"The line is longer than {self._max_line_bytes:,} bytes and was not read."
            self.found.add("line_too_long", problem, detail={"byte_offset": line.offset})
        else:
            row = self._read_row(line.data, line)
        if row is not None and line.data is not None:
            for watcher in self._watchers:
                watcher.see(row, line.number, line.data, self.found)
        if self.report.n_errors == errors_before:
            self.report.n_examples += 1
        else:
            self.report.n_invalid_lines += 1

    def _read_row(self, data: bytes, line: Line) -> Row | None:
        """The row on a line if it is sound."""
        row = read_plain_row(data)
        if row is not None and self._context.method != "reinforcement":
            self._formats.see(row.format, line.number)
            return row
        errors_before = self.report.n_errors
        value = read_object(data, self.found, offset=line.offset)
        if value is None:
            return None
        format_ = check_row(value, self.found, self._context, n_bytes=len(data))
        self._formats.see(format_, line.number)
        if format_ is None or self.report.n_errors > errors_before:
            return None
        return make_row(value, format_)

    def _report_blank_lines(self, until: int) -> None:
        count, self._n_blank_at_end = self._n_blank_at_end, 0
        what = "The line is blank; it is"
        if count > 1:
            what = f"This line and the {count - 1:,} after it are blank; they are"
        self.found.add_at(until - count, "blank_line", f"{what} skipped.", times=count)
