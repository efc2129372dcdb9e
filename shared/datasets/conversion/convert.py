"""The way in: a file of any container and dialect, and out of it rows of OpenAI's wire.

    for item in convert_file(Path("alpaca.csv")):
        if isinstance(item, Converted): …   # item.number, item.row, item.line
        else: …                             # item.number, item.reason: a record that was skipped

`Conversion` is the same in steps, for those who show what was detected first. `tunery data convert` and the API's
imports are both made of it; nothing here needs a server.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, NamedTuple, Self

from shared.datasets.conversion.containers.open import RecordSource, open_source
from shared.datasets.conversion.detect import SAMPLE_RECORDS, Match, match_dialect
from shared.datasets.conversion.dialects.base import Refused
from shared.datasets.conversion.errors import NothingConvertedError, RecordError, UnreadableSourceError
from shared.datasets.conversion.limits import Limits
from shared.datasets.conversion.mapping import read_mapping
from shared.datasets.conversion.options import Options
from shared.datasets.conversion.record import Converted, Problem, Record
from shared.datasets.conversion.values import write_json


class Detected(NamedTuple):
    container: str
    encoding: str | None
    delimiter: str | None
    dialect: str
    title: str
    confidence: float
    mapping: dict[str, Any]
    fields: list[str]
    "Of the first records."
    unused_fields: list[str]
    "Those that the mapping does not name, where there is one: what they hold does not get into the rows."


class Conversion:
    """One source, unpacked into a folder that goes when the block is left. Raises a ConversionError at any step."""

    def __init__(
        self,
        path: Path,
        *,
        name: str | None = None,
        partner: Path | None = None,
        split: str | None = None,
        sheet: str | None = None,
        options: Options | None = None,
        limits: Limits | None = None,
        scratch: Path | None = None,
    ) -> None:
        """`name` is what the source is called, `partner` a second file to join, such as the answers of a batch."""
        self._paths = [(path, name or path.name), *([(partner, partner.name)] if partner else [])]
        self._split = split
        self._sheet = sheet
        self._options = options or Options()
        self._limits = limits or Limits()
        self._folder = TemporaryDirectory(dir=scratch, prefix="conversion-")
        self._sources: list[RecordSource] = []
        self._sample: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        try:
            self._open()
        except BaseException:
            self._folder.cleanup()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._folder.cleanup()

    def match(self, *, format_name: str | None = None, mapping: Mapping[str, Any] | None = None) -> Match:
        """The dialect to convert from. Raises FormatNotRecognisedError, InvalidMappingError."""
        given = read_mapping(mapping) if mapping else None
        return match_dialect(self._sample, format_name=format_name, mapping=given)

    @property
    def fields(self) -> list[str]:
        """The names of fields in the first records."""
        return sorted({key for record in self._sample for key in record})

    @property
    def share_read(self) -> float:
        """How much of the source has been read by the conversion under way, 0 to 1."""
        return sum(source.share_read for source in self._sources) / max(len(self._sources), 1)

    def describe(self, match: Match) -> Detected:
        """What was found out about the source, for people."""
        container = self._sources[0].container
        return Detected(
            container=container.kind,
            encoding=container.encoding,
            delimiter=container.delimiter,
            dialect=match.dialect.name,
            title=match.dialect.title,
            confidence=match.confidence,
            mapping=match.mapping.to_dict(),
            fields=self.fields,
            unused_fields=self._find_unused(match),
        )

    def convert(self, match: Match) -> Iterator[Converted | Problem]:
        """Every row and every record that has none, in the order of the source where rows stand alone."""
        gatherer = match.dialect.gather(match.mapping, self._options, self._limits) if match.dialect.gather else None
        for record in self._records():
            if isinstance(record, Problem):
                yield record
                continue
            try:
                made = gatherer.add(record) if gatherer else self._convert_record(record, match)
                yield from map(self._finish, made)
            except RecordError as error:
                yield Problem(record.number, str(error))
        if gatherer is not None:
            yield from map(self._finish, gatherer.finish())

    def _find_unused(self, match: Match) -> list[str]:
        named = {str(name).partition(".")[0] for name in match.mapping.to_dict().values()}
        return [name for name in self.fields if name not in named] if named and match.dialect.drops_others else []

    def _open(self) -> None:
        for number, (path, name) in enumerate(self._paths):
            scratch = Path(self._folder.name) / str(number)
            scratch.mkdir()
            source = open_source(
                path, name, scratch=scratch, limits=self._limits, options=self._options, split=self._split,
                sheet=self._sheet,
            )  # fmt: skip
            self._sources.append(source)
        first: list[Record | Problem] = []
        for source in self._sources:
            first.extend(islice(source.records(), SAMPLE_RECORDS))
        self._sample = [record.value for record in first if isinstance(record, Record)]
        if not self._sample:
            reason = f" Record {first[0].number}: {first[0].reason}" if first and isinstance(first[0], Problem) else ""
            raise UnreadableSourceError(f"The source has no record that can be read.{reason}")

    def _records(self) -> Iterator[Record | Problem]:
        """Records of all sources; those of a partner count on behind those of the first."""
        number = 0
        for source in self._sources:
            behind = number
            for record in source.records():
                number = behind + record.number
                yield record._replace(number=number)

    def _convert_record(self, record: Record, match: Match) -> Iterator[Converted | Problem]:
        if match.dialect.convert is None:
            raise RuntimeError(f"The dialect {match.dialect.name} converts nothing")
        for row in match.dialect.convert(record.value, match.mapping, self._options):
            if isinstance(row, Refused):
                yield Problem(record.number, row.reason)
            else:
                yield Converted(record.number, row)

    def _finish(self, made: Converted | Problem) -> Converted | Problem:
        """With its line, if it can be written and is no longer than a line may be."""
        if isinstance(made, Problem):
            return made
        try:
            line = write_json(made.row).encode() + b"\n"
        except UnicodeEncodeError:
            return Problem(made.number, "a text holds half a surrogate pair")
        if len(line) > self._limits.max_record_bytes:
            return Problem(made.number, f"its row would be longer than {self._limits.max_record_bytes} bytes")
        return made._replace(line=line)


def convert_file(
    path: Path,
    *,
    format_name: str | None = None,
    mapping: Mapping[str, Any] | None = None,
    options: Options | None = None,
    partner: Path | None = None,
    split: str | None = None,
    sheet: str | None = None,
    limits: Limits | None = None,
) -> Iterator[Converted | Problem]:
    """Every row of a file, and every record that has none. Raises a ConversionError, NothingConvertedError at the end.

    `format_name` names a dialect of `dialects.registry`, `mapping` fields as in `mapping.FieldMapping`; both are
    found when not given. Memory does not grow with the file, but for dialects that gather records.
    """
    source = Conversion(path, partner=partner, split=split, sheet=sheet, options=options, limits=limits)
    n_rows, first_problem = 0, None
    with source as conversion:
        for item in conversion.convert(conversion.match(format_name=format_name, mapping=mapping)):
            if isinstance(item, Converted):
                n_rows += 1
            else:
                first_problem = first_problem or item
            yield item
    if not n_rows:
        raise nothing_converted(first_problem)


def nothing_converted(problem: Problem | None) -> NothingConvertedError:
    """The error for a source without a row; told by the first record that was skipped."""
    reason = f" Record {problem.number}: {problem.reason}." if problem else ""
    return NothingConvertedError(f"No record could be converted.{reason}")
