"""What a file is, told by its first bytes, and only then by its name. Opens nothing but that one file."""

import zipfile
from enum import StrEnum
from pathlib import Path

from shared.datasets.conversion.errors import UnreadableSourceError

HEAD_BYTES = 4096


class Kind(StrEnum):
    """The value is what a caller sees as `container`."""

    JSON_LINES = "jsonl"
    JSON = "json"
    CSV = "csv"
    TSV = "tsv"
    XLSX = "xlsx"
    ODS = "ods"
    PARQUET = "parquet"
    ARROW = "arrow"
    GZIP = "gz"
    ZSTD = "zst"
    ZIP = "zip"
    TAR = "tar"


_SUFFIXES = {
    ".jsonl": Kind.JSON_LINES, ".ndjson": Kind.JSON_LINES, ".json": Kind.JSON, ".csv": Kind.CSV, ".tsv": Kind.TSV,
    ".tab": Kind.TSV, ".xlsx": Kind.XLSX, ".ods": Kind.ODS, ".parquet": Kind.PARQUET, ".arrow": Kind.ARROW,
    ".feather": Kind.ARROW, ".txt": Kind.CSV,
}  # fmt: skip
_PACKED_SUFFIXES = (".gz", ".tgz", ".zst", ".zip", ".tar", ".bz2", ".xz", ".7z", ".rar")
_MAGIC = [
    (b"\x1f\x8b", Kind.GZIP),
    (b"\x28\xb5\x2f\xfd", Kind.ZSTD),
    (b"PAR1", Kind.PARQUET),
    (b"ARROW1", Kind.ARROW),
    (b"\xff\xff\xff\xff", Kind.ARROW),
]
_FOREIGN = [
    (b"%PDF-", "a PDF document"),
    (b"\xd0\xcf\x11\xe0", "an old Office document; save it as .xlsx"),
    (b"BZh", "a bzip2 archive; unpack it, or use gzip or Zstandard"),
    (b"\xfd7zXZ\x00", "an xz archive; unpack it, or use gzip or Zstandard"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive; use zip"),
    (b"Rar!", "a RAR archive; use zip"),
    (b"SQLite format 3\x00", "a SQLite database; export the table as CSV"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff\xe0", "an image"),
    (b"<!DOCTYPE", "an HTML page"),
    (b"<html", "an HTML page"),
    (b"<?xml", "an XML document"),
    (b"{\\rtf", "a rich text document"),
    (b"\x80\x04", "a Python pickle, which is never opened"),
]
_TAR_MAGIC_AT = 257


def suffix_kind(name: str) -> Kind | None:
    """What a name's ending promises, below an ending of packed data."""
    lowered = name.lower()
    return next((kind for suffix, kind in _SUFFIXES.items() if lowered.endswith(suffix)), None)


def is_packed_name(name: str) -> bool:
    """Whether a name promises an archive or compressed data."""
    return name.lower().endswith(_PACKED_SUFFIXES)


def find_kind(path: Path, name: str) -> Kind:
    """What the file at `path`, called `name` by its owner, holds. Raises UnreadableSourceError for what is not read."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head.strip():
        raise UnreadableSourceError("The source is empty.")
    if head.startswith(b"PK"):
        return _find_zip_kind(path)
    if head[_TAR_MAGIC_AT : _TAR_MAGIC_AT + 5] == b"ustar":
        return Kind.TAR
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    for magic, description in _FOREIGN:
        if head.startswith(magic):
            raise UnreadableSourceError(f"The source is {description}. {_WHAT_IS_READ}")
    return _find_text_kind(head, name)


_WHAT_IS_READ = "Read are JSON Lines, JSON, CSV, TSV, Excel, ODS, Parquet, Arrow, and zip, tar.gz, gz and zst of them."


def _find_text_kind(head: bytes, name: str) -> Kind:
    promised = suffix_kind(name)
    is_wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    if b"\x00" in head and not is_wide and promised not in {Kind.JSON, Kind.JSON_LINES}:
        raise UnreadableSourceError(f"The source is no text. {_WHAT_IS_READ}")
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:64]
    is_json = start[:1] == b"{" or (start[:1] == b"[" and start[1:].lstrip()[:1] in {b"{", b"]"})
    if is_json and promised not in {Kind.JSON, Kind.JSON_LINES}:
        return Kind.JSON
    if promised in {Kind.XLSX, Kind.ODS, Kind.PARQUET, Kind.ARROW}:
        raise UnreadableSourceError(f"The source is called .{promised} and is none. {_WHAT_IS_READ}")
    return promised or Kind.CSV


def _find_zip_kind(path: Path) -> Kind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError) as error:
        raise UnreadableSourceError(f"The source begins like a zip archive and is a broken one: {error}.") from None
    if "xl/workbook.xml" in names:
        return Kind.XLSX
    if "content.xml" in names and "mimetype" in names:
        return Kind.ODS
    return Kind.ZIP
