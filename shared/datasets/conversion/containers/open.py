"""From a source of any container to its records, as often as they are asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shared.datasets.conversion.containers.choose import choose_files
from shared.datasets.conversion.containers.delimited import find_delimiter, find_encoding, read_delimited
from shared.datasets.conversion.containers.json_records import read_json_records
from shared.datasets.conversion.containers.kinds import Kind
from shared.datasets.conversion.containers.meter import Meter
from shared.datasets.conversion.containers.native import read_native
from shared.datasets.conversion.containers.unpack import Plain, unpack
from shared.datasets.conversion.errors import SourceTooLargeError
from shared.datasets.conversion.limits import Limits
from shared.datasets.conversion.options import Options
from shared.datasets.conversion.record import Problem, Record

_TABLES = frozenset({Kind.CSV, Kind.TSV})
_JSON = frozenset({Kind.JSON, Kind.JSON_LINES})


@dataclass(frozen=True)
class Container:
    """What a source is and how its text is read."""

    kind: str
    "From the inside out, joined with `+`: `csv`, `jsonl+gz`, `arrow+zip`."
    encoding: str | None = None
    delimiter: str | None = None


class RecordSource:
    """The records of one source. Every call of `records` reads from the beginning."""

    def __init__(
        self, files: list[Plain], container: Container, *, split: str | None, sheet: str | None, limits: Limits
    ) -> None:
        self.container = container
        self._files = files
        self._split = split
        self._sheet = sheet
        self._limits = limits
        self._meter = Meter()
        self._n_bytes = sum(file.path.stat().st_size for file in files)

    @property
    def share_read(self) -> float:
        """How much of the source the last call of `records` has read, 0 to 1; 0 where that cannot be told."""
        return min(self._meter.n_bytes / max(self._n_bytes, 1), 1.0)

    def records(self) -> Iterator[Record | Problem]:
        """Records of all files, counted through. Raises a ConversionError."""
        self._meter.n_bytes = 0
        number = 0
        for file in self._files:
            behind = number
            for record in self._read(file):
                number = behind + record.number
                if number > self._limits.max_rows:
                    raise SourceTooLargeError(f"The source has more than {self._limits.max_rows} records. Split it.")
                yield record._replace(number=number)

    def _read(self, file: Plain) -> Iterator[Record | Problem]:
        if file.kind in _JSON:
            prefers_lines = file.kind is Kind.JSON_LINES
            return read_json_records(
                file.path, self._limits, self._meter, prefers_lines=prefers_lines, split=self._split
            )
        if file.kind in _TABLES:
            encoding, delimiter = self.container.encoding or "utf-8-sig", self.container.delimiter or ","
            return read_delimited(file.path, self._limits, self._meter, encoding=encoding, delimiter=delimiter)
        return read_native(file.path, file.kind, self._limits, sheet=self._sheet)


def open_source(
    path: Path, name: str, *, scratch: Path, limits: Limits, options: Options, split: str | None, sheet: str | None
) -> RecordSource:
    """Unpack a source into the folder `scratch` and find out how to read it. Raises a ConversionError."""
    unpacked = unpack(path, name, into=scratch, limits=limits)
    is_archive = any(layer in {Kind.ZIP, Kind.TAR} for layer in unpacked.containers)
    files = choose_files(unpacked.files, split) if is_archive else unpacked.files
    first = files[0]
    kind = "+".join([first.kind, *reversed(unpacked.containers)])
    container = Container(kind)
    if first.kind in _TABLES:
        encoding = find_encoding(first.path, options.encoding)
        promised = "\t" if first.kind is Kind.TSV else None
        delimiter = options.delimiter or find_delimiter(first.path, encoding, promised=promised)
        container = Container(kind, encoding, delimiter)
    # Of an archive, the split has said which file.
    return RecordSource(files, container, split=None if is_archive else split, sheet=sheet, limits=limits)
