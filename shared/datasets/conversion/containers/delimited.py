"""Tables as text: CSV, TSV and their relatives. A first row that names the columns is required."""

import codecs
import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from charset_normalizer import from_bytes

from shared.datasets.conversion.containers.meter import Meter
from shared.datasets.conversion.errors import SourceTooLargeError, UnreadableSourceError
from shared.datasets.conversion.limits import Limits
from shared.datasets.conversion.record import Problem, Record
from shared.quoting import quote

DELIMITERS = ",;\t|"
_SAMPLE_BYTES = 256 << 10
_SAMPLE_ROWS = 50
_GUESSED_ENCODINGS = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "shift_jis", "gb18030", "euc_kr", "big5"]
_EXCEL_ENCODING = "cp1252"
_LONGEST_NAME_CHARS = 200
_CHUNK_BYTES = 1 << 20


def find_encoding(path: Path, wanted: str | None = None) -> str:
    """The encoding of a text file. Raises UnreadableSourceError when none fits."""
    if wanted is not None:
        try:
            return codecs.lookup(wanted).name
        except LookupError:
            raise UnreadableSourceError(f"There is no encoding {quote(wanted)}.", param="options") from None
    with path.open("rb") as file:
        head = file.read(_SAMPLE_BYTES)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        bad_byte = _find_bad_byte(head, file)
        if bad_byte is None:
            return "utf-8-sig"
        file.seek(max(0, bad_byte - _SAMPLE_BYTES // 2))
        around = file.read(_SAMPLE_BYTES)
    best = from_bytes(around, cp_isolation=_GUESSED_ENCODINGS).best()
    if best is None:
        raise UnreadableSourceError(
            f"Byte {bad_byte} is not UTF-8, and no other encoding fits. Save the source as UTF-8, or name its encoding."
        )
    # Where several encodings read the same, it is the one that Excel writes.
    return _EXCEL_ENCODING if _decodes_to(around, _EXCEL_ENCODING, str(best)) else best.encoding


def _decodes_to(data: bytes, encoding: str, text: str) -> bool:
    try:
        return data.decode(encoding) == text
    except UnicodeDecodeError:
        return False


def _find_bad_byte(head: bytes, file: IO[bytes]) -> int | None:
    """Where the file stops being UTF-8; None if it never does."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset, chunk = 0, head
    while chunk:
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as error:
            return offset + error.start
        offset += len(chunk)
        chunk = file.read(_CHUNK_BYTES)
    return None


def find_delimiter(path: Path, encoding: str, *, promised: str | None = None) -> str:
    """The delimiter under which most rows of the beginning have as many cells, and more than one."""
    with path.open("rb") as file:
        sample = file.read(_SAMPLE_BYTES)
    is_whole = len(sample) < _SAMPLE_BYTES
    lines = codecs.decode(sample, encoding, "ignore").splitlines(keepends=True)
    lines = lines if is_whole or len(lines) == 1 else lines[:-1]
    scores = {delimiter: _score(lines, delimiter) for delimiter in DELIMITERS}
    best = max(scores, key=lambda delimiter: (scores[delimiter], delimiter == promised))
    return best if scores[best] > (0.0, 1) else promised or ","


def _score(lines: Sequence[str], delimiter: str) -> tuple[float, int]:
    """The share of rows that have the usual number of cells, and that number; nothing for a single column."""
    widths: Counter[int] = Counter()
    try:
        for row in csv.reader(lines, delimiter=delimiter):
            if row:
                widths[len(row)] += 1
            if widths.total() == _SAMPLE_ROWS:
                break
    except csv.Error:
        return 0.0, 1
    if not widths:
        return 0.0, 1
    usual, n_rows = widths.most_common(1)[0]
    return (n_rows / widths.total(), usual) if usual > 1 else (0.0, 1)


def read_delimited(
    path: Path, limits: Limits, meter: Meter, *, encoding: str, delimiter: str
) -> Iterator[Record | Problem]:
    """Records of a table. Rows count from 1 behind the header. Raises UnreadableSourceError, SourceTooLargeError."""
    # The limit is one for the process; every caller sets the same.
    csv.field_size_limit(limits.max_record_bytes)
    with path.open("r", encoding=encoding, newline="") as file:
        rows = _read_rows(_bounded_lines(file, limits, meter), delimiter=delimiter, encoding=encoding)
        header = next(rows, None)
        if header is None:
            raise UnreadableSourceError("The table is empty.")
        names = check_header(header)
        for number, row in enumerate(rows, start=1):
            yield from make_record(number, names, row)


def _read_rows(lines: Iterator[str], *, delimiter: str, encoding: str) -> Iterator[list[str]]:
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        yield from (row for row in reader if row)
    except csv.Error as error:
        raise UnreadableSourceError(
            f"The table cannot be read from line {reader.line_num} on: {error}. A quote may be missing its partner."
        ) from None
    except UnicodeError as error:
        raise UnreadableSourceError(
            f"The table is not in the encoding {encoding}: {quote(str(error))}. Name the right one."
        ) from None


def _bounded_lines(file: IO[str], limits: Limits, meter: Meter) -> Iterator[str]:
    while line := file.readline(limits.max_record_bytes + 1):
        if len(line) > limits.max_record_bytes:
            raise SourceTooLargeError(f"A line of the table is longer than {limits.max_record_bytes} characters.")
        # Characters, which are bytes nearly enough for a share.
        meter.n_bytes += len(line)
        yield line


def check_header(header: Sequence[str]) -> list[str]:
    """Names of the columns; "" for one to leave out. Raises UnreadableSourceError."""
    names = [name.strip() for name in header]
    if names and (not names[0] or names[0].startswith("Unnamed:")):
        names[0] = ""  # The index that pandas writes.
    given = [name for name in names if name]
    if not given:
        raise UnreadableSourceError("The first row of the table names no column.")
    twice = [name for name, count in Counter(given).items() if count > 1]
    if twice:
        raise UnreadableSourceError(f"Two columns of the table are called {quote(twice[0])}.")
    if any(len(name) > _LONGEST_NAME_CHARS for name in given):
        raise UnreadableSourceError("The first row of the table holds data. Put the names of the columns above it.")
    return names


def make_record(number: int, names: Sequence[str], cells: Sequence[str]) -> Iterator[Record | Problem]:
    """One record, a problem for a row of another width, nothing for an empty row."""
    if not any(cell.strip() for cell in cells):
        return
    if any(cell.strip() and not name for name, cell in zip(names[1:], cells[1:], strict=False)):
        yield Problem(number, "the row has a cell in a column without a name")
        return
    if len(cells) != len(names):
        yield Problem(number, f"the row has {len(cells)} cells where the header has {len(names)}")
        return
    yield Record(number, {name: cell for name, cell in zip(names, cells, strict=True) if name})
