"""Reading single rows out of a stored file, in memory that depends on the row and not on the file."""

from collections.abc import Iterable, Iterator
from itertools import chain

from shared.datasets.checks.context import Context
from shared.datasets.collector import Collector
from shared.datasets.json_line import read_object
from shared.datasets.lines import Line, read_lines
from shared.datasets.make_row import make_row
from shared.datasets.report import Report
from shared.datasets.row import Row
from shared.datasets.row_checks import check_row
from shared.errors import Kind, NotFoundError, ServiceError

_BOM = b"\xef\xbb\xbf"


class RowNotFoundError(NotFoundError):
    code = "row_not_found"

    def __init__(self, number: int, n_lines: int) -> None:
        super().__init__(f"There is no line {number:,}; the file has {n_lines:,}, counted from 1.", param="line")


class RowInvalidError(ServiceError):
    """The line holds no sound row."""

    kind = Kind.UNPROCESSABLE
    code = "row_invalid"

    def __init__(self, message: str) -> None:
        super().__init__(message, param="line")


def read_row(chunks: Iterable[bytes], number: int, *, max_line_bytes: int, method: str | None = None) -> Row:
    """The row on line `number`, from 1. Raises RowNotFoundError and RowInvalidError, which says what is wrong."""
    line = _find_line(iter(chunks), number, max_line_bytes=max_line_bytes)
    if line.data is None:
        raise RowInvalidError(f"Line {number} is longer than {max_line_bytes:,} bytes and is not read.")
    if not line.data.strip():
        raise RowInvalidError(f"Line {number} is blank.")
    return _parse(line.data, number, method)


def read_first_rows(
    chunks: Iterable[bytes], *, most: int, most_lines: int, max_line_bytes: int, method: str | None = None
) -> Iterator[tuple[int, Row]]:
    """The first sound rows with their lines: at most so many, and none behind line `most_lines`."""
    n_rows = 0
    for line in read_lines(chunks, max_line_bytes=max_line_bytes):
        if n_rows == most or line.number > most_lines:
            return
        if line.data is None or not line.data.strip():
            continue
        try:
            row = _parse(line.data, line.number, method)
        except RowInvalidError:
            continue
        n_rows += 1
        yield line.number, row


def _find_line(chunks: Iterator[bytes], number: int, *, max_line_bytes: int) -> Line:
    n_ended = 0
    last = b"\n"
    for chunk in chunks:
        n_ends = chunk.count(b"\n")
        if n_ended + n_ends >= number - 1:
            rest = chunk.split(b"\n", number - 1 - n_ended)[-1]
            line = next(read_lines(chain([rest], chunks), max_line_bytes=max_line_bytes), None)
            if line is not None:
                return line
        n_ended += n_ends
        last = chunk or last
    raise RowNotFoundError(number, n_ended + (not last.endswith(b"\n")))


def _parse(data: bytes, number: int, method: str | None) -> Row:
    report = Report()
    found = Collector(report)
    found.line = number
    value = read_object(data.removeprefix(_BOM) if number == 1 else data, found, offset=0)
    format_ = None if value is None else check_row(value, found, Context(method=method), n_bytes=len(data))
    if value is None or format_ is None or report.n_errors:
        worst = next(finding for finding in report.findings if finding.severity == "error")
        raise RowInvalidError(worst.message)
    return make_row(value, format_)
