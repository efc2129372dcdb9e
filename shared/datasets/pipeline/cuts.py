"""Cutting a stored file into stretches of whole lines, by looking at a few bytes around each cut."""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.datasets.collector import Collector
from shared.datasets.report import Report
from shared.datasets.sniff import HEAD_BYTES, find_file_fault
from shared.storage.protocol import ObjectStore

_LOOK_BYTES = 64 << 10


@dataclass(frozen=True)
class Cut:
    """Bytes `start` up to but not including `end` of a file; the first part of a file starts at 0."""

    start: int
    end: int


def cut_file(store: ObjectStore, key: str, *, size_bytes: int, part_bytes: int) -> list[Cut]:
    """Parts of about `part_bytes` that together are the file. A line longer than that makes a longer part.

    Each byte is looked at once at most, even where no line ends. Raises ObjectNotFoundError.
    """
    if size_bytes <= part_bytes or _is_no_text(store, key):
        return [Cut(0, size_bytes)]
    ends = [0]
    for wanted in range(part_bytes, size_bytes, part_bytes):
        # Where no line ends before the next cut, this one is left out, and the part is that much longer.
        end = _find_line_end(store, key, start=wanted - 1, end=min(wanted + part_bytes, size_bytes) - 1)
        if end is not None and end < size_bytes:
            ends.append(end)
    return [Cut(start, end) for start, end in zip(ends, [*ends[1:], size_bytes], strict=True)]


def _find_line_end(store: ObjectStore, key: str, *, start: int, end: int) -> int | None:
    """The first byte behind a line end in this range."""
    position = start
    for piece in _look(store, key, start, end):
        place = piece.find(b"\n")
        if place >= 0:
            return position + place + 1
        position += len(piece)
    return None


def _look(store: ObjectStore, key: str, start: int, end: int) -> Iterator[bytes]:
    """Few bytes first, since most lines are short, then all the rest."""
    near = min(start + _LOOK_BYTES, end)
    yield from store.iter_chunks(key, start=start, end=near)
    if near < end:
        yield from store.iter_chunks(key, start=near, end=end)


def _is_no_text(store: ObjectStore, key: str) -> bool:
    """Whether its beginning tells that reading the lines is pointless: then nobody reads more than that."""
    head = b"".join(store.iter_chunks(key, end=HEAD_BYTES))
    found = Collector(Report())
    find_file_fault(head, found, is_whole=False)
    return found.n_errors > 0
