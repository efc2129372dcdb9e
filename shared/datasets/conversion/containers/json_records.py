"""Records of JSON: one a line, the items of an array, objects over several lines, or one object that holds them all."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shared.datasets.conversion.containers.cut import TooLongError, cut_items
from shared.datasets.conversion.containers.meter import Meter
from shared.datasets.conversion.errors import AmbiguousSourceError, SourceTooLargeError, UnreadableSourceError
from shared.datasets.conversion.limits import Limits
from shared.datasets.conversion.record import Problem, Record
from shared.datasets.conversion.values import MAX_DEPTH, name_kind
from shared.datasets.lines import Line, read_lines
from shared.strict_json import JsonRejectedError, loads
from shared.strict_json.encoding import sniff_wide_encoding

_BOM = b"\xef\xbb\xbf"
_SPLITS = frozenset({"train", "training", "validation", "valid", "val", "dev", "eval", "test"})
_WRAPPERS = ("data", "rows", "examples", "items", "records", "instances", "samples")


def read_json_records(
    path: Path, limits: Limits, meter: Meter, *, prefers_lines: bool, split: str | None
) -> Iterator[Record | Problem]:
    """Records of a JSON file of any layout. Raises UnreadableSourceError, SourceTooLargeError."""
    with path.open("rb") as file:
        head = file.read(64 << 10)
    encoding = sniff_wide_encoding(head[:64])
    if encoding is not None:
        raise UnreadableSourceError(f"The source is encoded in {encoding}. Save it as UTF-8.")
    start = head.removeprefix(_BOM).lstrip()
    if start[:1] == b"[" and not _is_line_of_lines(start):
        return _read_array(meter.read_chunks(path), limits)
    if not _is_pretty(start) and _is_written_in_lines(path, limits, prefers_lines=prefers_lines):
        return _read_lines(meter.read_chunks(path), limits)
    return _read_documents(meter.read_chunks(path), limits, split)


def _is_line_of_lines(start: bytes) -> bool:
    """Whether each line is an array of its own, which none of our readers takes for a file that is one array."""
    first, _, rest = start.partition(b"\n")
    return first.rstrip().endswith(b"]") and rest.lstrip()[:1] == b"["


def _is_pretty(start: bytes) -> bool:
    return start.partition(b"\n")[0].strip() == b"{"


def _is_written_in_lines(path: Path, limits: Limits, *, prefers_lines: bool) -> bool:
    """Whether each line is a document of its own. One line alone may be an object that holds all records."""
    chunks = Meter().read_chunks(path)
    lines = (line for line in _lines(chunks, limits) if line.data is None or line.data.strip())
    first, second = next(lines, None), next(lines, None)
    if first is None or second is None:
        return False
    if prefers_lines or first.data is None or second.data is None:
        return prefers_lines
    try:
        loads(_without_bom(first), max_depth=MAX_DEPTH, allow_nul=True)
    except JsonRejectedError:
        # A broken line among whole ones still begins and ends like one.
        return second.data.lstrip()[:1] == b"{" and first.data.rstrip()[-1:] == b"}"
    return True


def _lines(chunks: Iterator[bytes], limits: Limits) -> Iterator[Line]:
    return read_lines(chunks, max_line_bytes=limits.max_record_bytes)


def _without_bom(line: Line) -> bytes:
    data = line.data or b""
    return data.removeprefix(_BOM) if line.offset == 0 else data


def _read_lines(chunks: Iterator[bytes], limits: Limits) -> Iterator[Record | Problem]:
    for line in _lines(chunks, limits):
        if line.data is None:
            yield Problem(line.number, f"the line is longer than {limits.max_record_bytes} bytes")
        elif data := _without_bom(line).strip(b" \t\r"):
            yield _read_record(line.number, data)


def _read_array(chunks: Iterator[bytes], limits: Limits) -> Iterator[Record | Problem]:
    items = cut_items(_drop_bom(chunks), is_array=True, max_item_bytes=limits.max_record_bytes)
    try:
        for number, item in enumerate(items, start=1):
            record = _read_record(number, item)
            yield _unwrap_row(record) if isinstance(record, Record) else record
    except TooLongError as error:
        raise SourceTooLargeError(
            f"Item {error.number} of the JSON array is longer than {limits.max_record_bytes} bytes, or never ends."
        ) from None


def _read_documents(chunks: Iterator[bytes], limits: Limits, split: str | None) -> Iterator[Record | Problem]:
    items = cut_items(_drop_bom(chunks), is_array=False, max_item_bytes=limits.max_document_bytes)
    try:
        first = next(items, b"")
        second = next(items, None)
        if second is None:
            yield from _expand(_read_record(1, first), split)
            return
        yield _read_record(1, first)
        yield _read_record(2, second)
        for number, item in enumerate(items, start=3):
            yield _read_record(number, item)
    except TooLongError as error:
        raise SourceTooLargeError(
            f"JSON document {error.number} is longer than {limits.max_document_bytes >> 20} MiB, or never ends. "
            "Write its items as JSON Lines."
        ) from None


def _drop_bom(chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield next(chunks, b"").removeprefix(_BOM)
    yield from chunks


def _read_record(number: int, data: bytes) -> Record | Problem:
    try:
        value = loads(data, max_depth=MAX_DEPTH, allow_nul=True)
    except JsonRejectedError as error:
        return Problem(number, error.message)
    if not isinstance(value, dict):
        return Problem(number, f"it is {name_kind(value)} and not an object")
    return Record(number, value)


def _expand(document: Record | Problem, split: str | None) -> Iterator[Record | Problem]:
    """The records inside one object: under a name such as `data` or that of a split, in columns, or the object itself.

    Raises AmbiguousSourceError when a split has to be named.
    """
    if isinstance(document, Problem):
        yield document
        return
    value = document.value
    if _SPLITS.issuperset(value) and all(map(_is_list_of_objects, value.values())):
        value = {"data": value[_choose_split(value, split)]}
    wrapped = next((value[name] for name in _WRAPPERS if _is_list_of_objects(value.get(name))), None)
    if wrapped is not None:
        for number, item in enumerate(wrapped, start=1):
            yield _unwrap_row(Record(number, item))
    elif _is_columns(value):
        names = list(value)
        for number, cells in enumerate(zip(*value.values(), strict=True), start=1):
            yield Record(number, dict(zip(names, cells, strict=True)))
    else:
        yield document


def _choose_split(splits: dict[str, Any], wanted: str | None) -> str:
    if wanted in splits:
        return str(wanted)
    if wanted is None and len(splits) == 1:
        return next(iter(splits))
    names = ", ".join(sorted(splits))
    raise AmbiguousSourceError(f"The source has several splits. Name one in `split`: {names}.", param="split")


def _unwrap_row(record: Record) -> Record:
    """The dataset viewer's API wraps each row in its number."""
    row = record.value.get("row")
    return Record(record.number, row) if "row_idx" in record.value and isinstance(row, dict) else record


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _is_columns(value: dict[str, Any]) -> bool:
    columns = list(value.values())
    return (
        bool(columns)
        and all(isinstance(column, list) and column for column in columns)
        and len({len(column) for column in columns}) == 1
        and not any(isinstance(column[0], dict) for column in columns)
    )
