"""Looking at the beginning of a file for the mistakes that are about the file as a whole.

One sentence that says what the file is helps more than an error for each of its lines.
"""

from shared.datasets.collector import Collector
from shared.strict_json.encoding import sniff_wide_encoding
from shared.strict_json.errors import JsonRejectedError
from shared.strict_json.scanner import Scanner

HEAD_BYTES = 64 << 10
"""As much of the file as is looked at: the first object of a pretty-printed file is shorter, or fills it."""

_MAX_DEPTH = 64
_SPACE = b" \t\r\n"
_NOT_TEXT = [
    (b"\x1f\x8b", "a gzip archive", "Unpack it"),
    (b"PK\x03\x04", "a zip archive or an Excel workbook", "Unpack or export it"),
    (b"PK\x05\x06", "an empty zip archive", "Send the file inside"),
    (b"%PDF-", "a PDF document", "Extract the examples"),
    (b"PAR1", "a Parquet file", "Export it"),
    (b"ARROW1", "an Arrow file", "Export it"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", "Unpack it"),
    (b"BZh", "a bzip2 archive", "Unpack it"),
    (b"\xfd7zXZ\x00", "an xz archive", "Unpack it"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "Unpack it"),
    (b"SQLite format 3\x00", "a SQLite database", "Export it"),
    (b"\x89PNG", "an image", "Send text"),
    (b"\xff\xd8\xff", "an image", "Send text"),
    (b"<!DOCTYPE", "an HTML page", "Send the data itself"),
    (b"<html", "an HTML page", "Send the data itself"),
    (b"{\\rtf", "a rich text document", "Save it as plain text"),
]


def find_file_fault(head: bytes, found: Collector, *, is_whole: bool) -> bool:
    """Report what makes reading the lines pointless; whether there is such a thing.

    `head` is the beginning of the file without a byte order mark, `is_whole` tells that it is all of it.
    """
    encoding = sniff_wide_encoding(head)
    if encoding is not None:
        problem = f"The file is encoded in {encoding}. Save it as UTF-8 and upload it again."
        found.add_for_file("encoding_not_utf8", problem, detail={"encoding": encoding})
        return True
    for magic, name, advice in _NOT_TEXT:
        if head.startswith(magic):
            problem = f"The file is {name}. {advice} as JSON Lines (one JSON object a line, UTF-8) and upload it again."
            found.add_for_file("file_format_unsupported", problem, detail={"content": name})
            return True
    return _find_single_document(head.lstrip(_SPACE), found, is_whole=is_whole)


def _find_single_document(head: bytes, found: Collector, *, is_whole: bool) -> bool:
    if head[:1] == b"[" and head[1:].lstrip(_SPACE)[:1] == b"{":
        if not _is_one_array(head, is_whole=is_whole):
            return False
        problem = (
            "The file is one JSON array. Write each of its items on a line of its own, without the brackets and "
            "the commas between them, and upload it again."
        )
        found.add_for_file("json_array_file", problem)
        return True
    if head[:1] == b"{" and _is_pretty_printed(head, is_whole=is_whole):
        problem = (
            "The file has JSON objects spread over several lines. Write each object on one line, without "
            "indentation, and upload it again."
        )
        found.add_for_file("json_pretty_printed", problem)
        return True
    return False


def _is_one_array(head: bytes, *, is_whole: bool) -> bool:
    """An array that holds objects, unless it ends with its line and others follow."""
    document, is_ended = _first_document(head, is_whole=is_whole)
    return document is None or not is_ended or b"\n" in document or document == head.rstrip(_SPACE)


def _is_pretty_printed(head: bytes, *, is_whole: bool) -> bool:
    first, _, rest = head.partition(b"\n")
    if first.strip() == b"{":
        return True
    document, is_ended = _first_document(head, is_whole=is_whole)
    # An object that does not end, with a new object on the next line, is one line cut off in a file of lines.
    return document is not None and b"\n" in document and (is_ended or not rest.startswith(b'{"'))


def _first_document(head: bytes, *, is_whole: bool) -> tuple[bytes | None, bool]:
    """The first JSON document of `head` as far as it goes, None if it is broken; whether its end is in `head`."""
    if not is_whole:
        # The last line may end within a character or a number.
        head = head[: head.rfind(b"\n") + 1] or head
    try:
        Scanner(head, max_depth=_MAX_DEPTH, allow_nul=True).scan()
    except JsonRejectedError as error:
        if error.hint == "second_document":
            return head[: error.offset].rstrip(_SPACE), True
        return (head.rstrip(_SPACE) if error.hint == "truncated" else None), False
    return head.rstrip(_SPACE), True
