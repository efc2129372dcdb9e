"""Rows of a stored file as they stand on their lines, and lines on their way into a new file.

A row that the checks find fault with is a row all the same: what is wrong with it is for the report to say.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, NamedTuple

from xxhash import xxh3_64_digest

from shared.datasets.canonical import make_digests
from shared.datasets.checks.context import Context
from shared.datasets.collector import Collector
from shared.datasets.json_line import MAX_DEPTH
from shared.datasets.lines import read_lines
from shared.datasets.make_row import make_row
from shared.datasets.plain import read_plain_row
from shared.datasets.report import Report
from shared.datasets.reshaping.errors import DatasetUnreadableError
from shared.datasets.row import Row
from shared.datasets.row_checks import check_row
from shared.datasets.sniff import HEAD_BYTES, find_file_fault
from shared.strict_json import JsonRejectedError, loads

Source = Callable[[], Iterable[bytes]]
"""Opens the bytes of a file anew: what needs two looks reads twice instead of keeping rows."""

_BOM = b"\xef\xbb\xbf"
_FLUSH_BYTES = 1 << 20


class RawRow(NamedTuple):
    line: int
    "Counted from 1."
    data: bytes
    "Without its line end."


def read_rows(chunks: Iterable[bytes], *, max_line_bytes: int) -> Iterator[RawRow]:
    """Every line that is not blank, without byte order mark and CR. Raises DatasetUnreadableError."""
    for line in read_lines(_past_the_head(chunks), max_line_bytes=max_line_bytes):
        if line.data is None:
            raise DatasetUnreadableError(f"Line {line.number:,} is longer than {max_line_bytes:,} bytes.")
        if line.data.strip():
            yield RawRow(line.number, line.data)


def _past_the_head(chunks: Iterable[bytes]) -> Iterator[bytes]:
    source = iter(chunks)
    pieces: list[bytes] = []
    held = 0
    while held < HEAD_BYTES and (chunk := next(source, None)) is not None:
        pieces.append(chunk)
        held += len(chunk)
    head = b"".join(pieces).removeprefix(_BOM)
    report = Report()
    if find_file_fault(head, Collector(report), is_whole=held < HEAD_BYTES):
        raise DatasetUnreadableError(report.findings[0].problem)
    return chain([head], source)


def read_value(data: bytes) -> dict[str, Any] | None:
    """The object on a line; None if it holds none, or one that readers would disagree about."""
    try:
        value = loads(data, max_depth=MAX_DEPTH, allow_nul=True)
    except JsonRejectedError:
        return None
    return value if type(value) is dict else None


class RowReader:
    """Rows as later checks see them, of lines that may be anything."""

    def __init__(self) -> None:
        self._context = Context()

    def read(self, data: bytes) -> Row | None:
        """The row on a line if nothing is wrong with it."""
        row = read_plain_row(data)
        if row is not None:
            return row
        value = read_value(data)
        if value is None:
            return None
        found = Collector(Report())
        format_ = check_row(value, found, self._context, n_bytes=len(data))
        return None if format_ is None or found.n_errors else make_row(value, format_)


def prompt_digest(row: Row | None, data: bytes) -> int:
    """64 bits that rows with the same prompt share; of a row that cannot be judged, its bytes."""
    return int.from_bytes(make_digests(row)[0][:8] if row is not None else xxh3_64_digest(data), "little")


def row_digest(row: Row | None, data: bytes) -> int:
    """64 bits that rows share which say the same, as the check of duplicates has it."""
    return int.from_bytes(xxh3_64_digest(b"".join(make_digests(row)) if row is not None else data), "little")


class LineSink:
    """Collects lines into writes of about a MiB, and counts them."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self.n_rows = 0
        self._write = write
        self._pieces: list[bytes] = []
        self._held = 0

    def add(self, data: bytes) -> None:
        """Write one line; its end is added."""
        self.n_rows += 1
        self._pieces += (data, b"\n")
        self._held += len(data) + 1
        if self._held >= _FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        """Pass on what is held. Call it after the last line."""
        if self._pieces:
            self._write(b"".join(self._pieces))
            self._pieces, self._held = [], 0


class Meter:
    """Tells what share of all bytes has been read, over as many passes and files as there are."""

    def __init__(self, total_bytes: int, tell: Callable[[float], None]) -> None:
        self._total_bytes = max(total_bytes, 1)
        self._tell = tell
        self._n_read = 0

    def watch(self, source: Source) -> Iterator[bytes]:
        """The chunks of `source`; after each, the share is told. What that raises ends the reading."""
        for chunk in source():
            yield chunk
            self._n_read += len(chunk)
            self._tell(self._n_read / self._total_bytes)
