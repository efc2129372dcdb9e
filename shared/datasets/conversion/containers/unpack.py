"""Packed sources as plain files in a folder of ours. Names inside an archive are labels and never become paths."""

import errno
import gzip
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from typing import IO, NamedTuple, Protocol

import zstandard

from shared.datasets.conversion.containers.budget import Budget
from shared.datasets.conversion.containers.kinds import Kind, find_kind, is_packed_name
from shared.datasets.conversion.errors import SourceTooLargeError, UnreadableSourceError, UnsafeArchiveError
from shared.datasets.conversion.limits import Limits
from shared.quoting import quote

CHUNK_BYTES = 1 << 20
_BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError, EOFError, ValueError,
)  # fmt: skip
_PACKED = frozenset({Kind.GZIP, Kind.ZSTD, Kind.ZIP, Kind.TAR})
_MAX_ZSTD_WINDOW_BYTES = 128 << 20
"What `zstd --long` may ask for; frames that want more memory are refused."


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Plain(NamedTuple):
    """A file that is not packed, under the name its owner gave it."""

    path: Path
    name: str
    kind: Kind


class Unpacked(NamedTuple):
    files: list[Plain]
    containers: list[Kind]
    "From the outside in: `gz` and `tar`, for instance; empty when nothing was packed."


def unpack(path: Path, name: str, *, into: Path, limits: Limits) -> Unpacked:
    """The plain files of a source. Raises a ConversionError for bombs, paths out of the archive, and broken data."""
    kind = find_kind(path, name)
    budget = Budget(limits, path.stat().st_size)
    layers: list[Kind] = []
    if kind in {Kind.GZIP, Kind.ZSTD}:
        layers.append(kind)
        path, name = _decompress(path, name, kind, into=into, budget=budget)
        kind = find_kind(path, name)
        if kind in {Kind.GZIP, Kind.ZSTD, Kind.ZIP}:
            raise UnsafeArchiveError("The source is packed twice. Unpack the outer archive and send what is inside.")
    if kind not in {Kind.ZIP, Kind.TAR}:
        return Unpacked([Plain(path, name, kind)], layers)
    members = _zip_members(path, limits) if kind is Kind.ZIP else _tar_members(path, limits)
    with _refusing_broken_archives():
        files = list(_store_members(members, into=into, budget=budget))
    return Unpacked(files, [*layers, kind])


def _decompress(path: Path, name: str, kind: Kind, *, into: Path, budget: Budget) -> tuple[Path, str]:
    target = into / "decompressed"
    inner = name.lower().removesuffix(".gz").removesuffix(".zst")
    inner = inner.removesuffix(".tgz") + ".tar" if inner.endswith(".tgz") else inner
    try:
        with path.open("rb") as packed:
            if kind is Kind.GZIP:
                with gzip.GzipFile(fileobj=packed) as reader:
                    _copy(reader, target, budget)
            else:
                decompressor = zstandard.ZstdDecompressor(max_window_size=_MAX_ZSTD_WINDOW_BYTES)
                with decompressor.stream_reader(packed, read_across_frames=True) as frames:
                    _copy(frames, target, budget)
    except _BROKEN as error:
        raise UnreadableSourceError(f"The {kind} data is broken: {_tell(error)}.") from None
    return target, inner


def _zip_members(path: Path, limits: Limits) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        _check_count(len(members), limits)
        for member in members:
            is_link = stat.S_ISLNK(member.external_attr >> 16)
            _check_name(member.filename, is_file=not is_link)
            if member.is_dir():
                continue
            if member.flag_bits & 0x1:
                raise UnreadableSourceError(f"{quote(member.filename)} in the archive is encrypted. Send it without.")
            # A size that lies would end the reading early; what comes out is counted instead.
            honest = copy(member)
            honest.file_size = limits.max_expanded_bytes + 1
            with archive.open(honest) as reader:
                yield member.filename, reader


def _tar_members(path: Path, limits: Limits) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(path, "r:") as archive:
        for number, member in enumerate(archive):
            _check_count(number + 1, limits)
            _check_name(member.name, is_file=member.isreg() or member.isdir())
            reader = archive.extractfile(member) if member.isreg() else None
            if reader is not None:
                yield member.name, reader


def _store_members(members: Iterator[tuple[str, IO[bytes]]], *, into: Path, budget: Budget) -> Iterator[Plain]:
    for number, (name, reader) in enumerate(members):
        label = name.rpartition("/")[2]
        if label.startswith(".") or name.startswith("__MACOSX/"):
            continue
        target = into / f"member-{number}"
        kind = None
        if not is_packed_name(label):
            _copy(reader, target, budget)
            kind = _find_member_kind(target, label)
        if kind in _PACKED or is_packed_name(label):
            raise UnsafeArchiveError(f"The archive holds another one: {quote(name)}. Send what is inside.")
        if kind is not None:
            yield Plain(target, name, kind)


@contextmanager
def _refusing_broken_archives() -> Iterator[None]:
    try:
        yield
    except (*_BROKEN, NotImplementedError, RuntimeError) as error:
        raise UnreadableSourceError(f"The archive cannot be read: {_tell(error)}.") from None
    except OSError as error:
        # A place outside of the file is the archive's fault, a full disk is not.
        if error.errno != errno.EINVAL:
            raise
        raise UnreadableSourceError("The archive is broken: it names places outside of itself.") from None


def _find_member_kind(path: Path, label: str) -> Kind | None:
    """What a member is; None for pictures, licences and the like that lie beside the data."""
    if label.lower().endswith((".md", ".txt", ".py", ".yaml", ".yml", ".lock")) or "." not in label:
        return None
    try:
        return find_kind(path, label)
    except UnreadableSourceError:
        return None


def _check_count(n_members: int, limits: Limits) -> None:
    if n_members > limits.max_members:
        raise SourceTooLargeError(f"The archive holds more than {limits.max_members} files.")


def _check_name(name: str, *, is_file: bool) -> None:
    if not is_file:
        raise UnsafeArchiveError(f"{quote(name)} in the archive is a link or a device. Archives may hold files only.")
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or name.startswith(("/", "\\")) or ":" in parts[0] or "\x00" in name:
        raise UnsafeArchiveError(f"{quote(name)} in the archive is a path that leads out of it.")


def _copy(reader: _Readable, target: Path, budget: Budget) -> None:
    with target.open("wb") as writer:
        while chunk := reader.read(CHUNK_BYTES):
            budget.spend(len(chunk))
            writer.write(chunk)


def _tell(error: BaseException) -> str:
    return quote(str(error) or type(error).__name__)
