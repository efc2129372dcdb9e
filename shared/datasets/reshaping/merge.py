"""Several files as one: rows of one format, repeated ones once if wanted, shuffled by a seed if wanted.

Keeps up to 27 bytes a row to find repeated ones; to shuffle, 64 MiB of rows, and the rest in temporary files.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from struct import Struct
from typing import Any

from xxhash import xxh3_64_digest

from shared.datasets.formats import NAMES, find_format, name_foreign_format
from shared.datasets.reshaping.digest_set import DigestSet
from shared.datasets.reshaping.errors import FormatsDifferError
from shared.datasets.reshaping.rows import LineSink, Meter, RowReader, Source, read_rows, read_value, row_digest
from shared.datasets.reshaping.sorting import SpillingSorter
from shared.datasets.row import Row

_PLACE = Struct("<qq")


@dataclass(frozen=True)
class Part:
    """One of the files to merge."""

    name: str
    "As the user knows it, for errors."
    source: Source
    n_bytes: int


@dataclass(frozen=True)
class MergePlan:
    dedupe: bool = False
    "Keep only the first of rows that say the same, as `duplicate_exact` has it."
    shuffle_seed: int | None = None
    "None keeps the rows in the order of the files."


def merge_rows(
    parts: Sequence[Part],
    plan: MergePlan,
    *,
    write: Callable[[bytes], object],
    max_line_bytes: int,
    on_progress: Callable[[float], None] = lambda _share: None,
) -> dict[str, Any]:
    """Write the rows of all parts; how it went, as JSON. Raises DatasetUnreadableError and FormatsDifferError."""
    meter = Meter(sum(part.n_bytes for part in parts), on_progress)
    merging = _Merging(parts, plan, meter, max_line_bytes)
    sink = LineSink(write)
    with ExitStack() as stack:
        rows = merging.rows()
        if plan.shuffle_seed is not None:
            rows = _shuffled(rows, plan.shuffle_seed, stack.enter_context(SpillingSorter()))
        for data in rows:
            sink.add(data)
    sink.flush()
    return {
        "n_rows": sink.n_rows,
        "n_duplicates_left_out": merging.n_repeated,
        "shuffle_seed": plan.shuffle_seed,
        "format": merging.format_name,
        "files": [{"name": part.name, "n_rows": n_rows} for part, n_rows in zip(parts, merging.n_rows, strict=True)],
    }


class _Merging:
    """Reads part after part, and makes sure of their formats on the way."""

    def __init__(self, parts: Sequence[Part], plan: MergePlan, meter: Meter, max_line_bytes: int) -> None:
        self.n_rows = [0] * len(parts)
        self.n_repeated = 0
        self.format_name: str | None = None
        self._format_place = ""
        self._parts = parts
        self._seen = DigestSet() if plan.dedupe else None
        self._meter = meter
        self._max_line_bytes = max_line_bytes
        self._reader = RowReader()

    def rows(self) -> Iterator[bytes]:
        for number, part in enumerate(self._parts):
            chunks = self._meter.watch(part.source)
            for line, data in read_rows(chunks, max_line_bytes=self._max_line_bytes):
                self.n_rows[number] += 1
                row = self._reader.read(data)
                self._match_format(row, data, f"{part.name} (line {line:,})")
                if self._seen is not None and not self._seen.add(row_digest(row, data)):
                    self.n_repeated += 1
                else:
                    yield data

    def _match_format(self, row: Row | None, data: bytes, place: str) -> None:
        name = NAMES[row.format] if row is not None else _name_format(data)
        if name is None or name == self.format_name:
            return
        if self.format_name is not None:
            raise FormatsDifferError(
                f"{self._format_place} has {self.format_name}, and {place} has {name}. A file holds rows of one "
                "format: convert one of them, or merge only files that agree.",
                param="files",
            )
        self.format_name, self._format_place = name, place


def _name_format(data: bytes) -> str | None:
    """The format of a row that is not sound, by its keys; None for a line that is no object."""
    value = read_value(data)
    if value is None:
        return None
    format_ = find_format(value, method=None)
    return NAMES[format_] if format_ is not None else name_foreign_format(value) or "rows of an unknown format"


def _shuffled(rows: Iterator[bytes], seed: int, sorter: SpillingSorter) -> Iterator[bytes]:
    for number, data in enumerate(rows):
        place = _PLACE.pack(seed, number)
        sorter.add(xxh3_64_digest(place) + place, data)
    return (data for _key, data in sorter)
