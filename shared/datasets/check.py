"""Checking a whole file in one pass: bytes to lines, lines to objects, objects through the checks of their format."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from shared.datasets.checks.chat import check_chat_row
from shared.datasets.findings import Report
from shared.datasets.found import Found
from shared.datasets.json_line import read_object
from shared.datasets.lines import Line, read_lines
from shared.datasets.sniff import HEAD_BYTES, find_file_fault

_BOM = b"\xef\xbb\xbf"


def check_chat_file(
    chunks: Iterable[bytes], *, max_line_bytes: int, on_progress: Callable[[int], None] | None = None
) -> Report:
    """The verdict on every line of a file of supervised chat examples.

    `on_progress` is called after each chunk with the bytes read so far; what it raises ends the check.
    """
    report = Report()
    found = Found(report)
    source = _counted(chunks, report, on_progress)
    head = _read_head(source)
    is_whole = len(head) < HEAD_BYTES
    has_bom = head.startswith(_BOM)
    if has_bom:
        head = head.removeprefix(_BOM)
        found.add_for_file("encoding_bom", "The file begins with a byte order mark; it is skipped.")
    if find_file_fault(head, found, is_whole=is_whole):
        return report

    lines = read_lines(chain([head], source), max_line_bytes=max_line_bytes, start_offset=len(_BOM) if has_bom else 0)
    _check_lines(lines, report, found, max_line_bytes=max_line_bytes)
    return report


def _counted(chunks: Iterable[bytes], report: Report, on_progress: Callable[[int], None] | None) -> Iterator[bytes]:
    for chunk in chunks:
        report.bytes_read += len(chunk)
        yield chunk
        if on_progress is not None:
            on_progress(report.bytes_read)


def _read_head(source: Iterator[bytes]) -> bytes:
    pieces: list[bytes] = []
    held = 0
    while held < HEAD_BYTES and (chunk := next(source, None)) is not None:
        pieces.append(chunk)
        held += len(chunk)
    return b"".join(pieces)


def _check_lines(lines: Iterator[Line], report: Report, found: Found, *, max_line_bytes: int) -> None:
    n_crlf = n_blank = 0
    for line in lines:
        found.line = line.number
        report.n_lines += 1
        n_crlf += line.has_cr
        if line.data is not None and not line.data.strip():
            n_blank += 1
            continue
        if n_blank:
            _report_blank_lines(found, line.number - n_blank, n_blank)
            n_blank = 0
        _check_line(line, report, found, max_line_bytes=max_line_bytes)
    found.line = None
    if n_crlf:
        found.add("line_endings_crlf", "Lines end with CR LF; the CR is skipped.", detail={"n_lines": n_crlf})
    if not report.n_examples and not report.n_invalid_lines:
        found.add("file_empty", 'The file is empty. Write one JSON object with "messages" on each line.')


def _check_line(line: Line, report: Report, found: Found, *, max_line_bytes: int) -> None:
    errors_before = report.n_errors
    if line.data is None:
        found.add(
            "line_too_long",
            f"The line is longer than {max_line_bytes:,} bytes and was not read.",
            detail={"byte_offset": line.offset},
        )
    else:
        row = read_object(line.data, found, offset=line.offset)
        if row is not None:
            check_chat_row(row, found, n_bytes=len(line.data))
    if report.n_errors == errors_before:
        report.n_examples += 1
    else:
        report.n_invalid_lines += 1


def _report_blank_lines(found: Found, first: int, count: int) -> None:
    line, found.line = found.line, first
    through = (
        f"This line and the {count - 1:,} after it are blank; they are" if count > 1 else "The line is blank; it is"
    )
    found.add("blank_line", f"{through} skipped.", times=count)
    found.line = line
