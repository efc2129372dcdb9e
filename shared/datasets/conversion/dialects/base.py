"""What a dialect is: how to tell it, which fields it reads, and how its records become rows."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from shared.datasets.conversion.limits import Limits
from shared.datasets.conversion.mapping import FieldMapping
from shared.datasets.conversion.messages import Row
from shared.datasets.conversion.options import Options
from shared.datasets.conversion.record import Converted, Problem, Record

Fields = dict[str, Any]


class Refused(NamedTuple):
    """Part of a record that has no row in it, while the rest may have."""

    reason: str


class Gatherer(Protocol):
    """Makes rows of records that belong together. Holds them until they are complete."""

    def add(self, record: Record) -> Iterable[Converted | Problem]:
        """Rows that `record` completes. Raises RecordError about this record."""

    def finish(self) -> Iterator[Converted | Problem]:
        """Rows, and records left without a partner, once there are no more records."""


@dataclass(frozen=True)
class Dialect:
    name: str
    title: str
    "For people: whose format this is."
    recognises: Callable[[Fields], bool]
    "Told by keys first and by the shapes of values then; cheap, and never raises."
    find_mapping: Callable[[Sequence[Fields]], FieldMapping]
    convert: Callable[[Fields, FieldMapping, Options], Iterable[Row | Refused]] | None = None
    "Rows of one record. Raises RecordError."
    gather: Callable[[FieldMapping, Options, Limits], Gatherer] | None = None
    "For dialects whose rows need several records."
    drops_others: bool = True
    "Whether fields that the mapping does not name are left out of the rows."


def no_mapping(_sample: Sequence[Fields]) -> FieldMapping:
    """For dialects whose fields have one name only."""
    return FieldMapping()


def keys_of(sample: Sequence[Fields]) -> set[str]:
    """Every key in the sample whose value is not null everywhere."""
    return {key for record in sample for key, value in record.items() if value is not None}


def has_list(record: Fields, key: str) -> bool:
    """Whether a field is a list with something in it, or JSON of one, as in the cell of a table."""
    value = record.get(key)
    return (isinstance(value, list) and bool(value)) or (isinstance(value, str) and value.lstrip()[:1] == "[")
