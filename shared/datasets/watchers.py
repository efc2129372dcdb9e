"""What goes along with one pass over a file to judge its rows together.

A watcher sees every sound row once, can be joined with the watcher of the stretch that follows, and says at the
end what it found. Its memory must not grow with the length of texts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, Self, runtime_checkable

from shared.datasets.checks.context import Context
from shared.datasets.collector import Collector
from shared.datasets.row import Format, Row
from shared.datasets.row_index import RowIndex


class TaskType(StrEnum):
    """What the answers look like."""

    CLASSIFICATION = "classification"
    STRUCTURED = "structured"
    TOOL_USE = "tool_use"
    GENERATION = "generation"


@dataclass
class Facts:
    """What is known of the whole file when the watchers have their say; earlier ones add to it for later ones."""

    n_rows: int
    "Rows that the watchers saw: those that were sound."
    n_rows_by_format: dict[str, int]
    context: Context
    index: RowIndex | None = None
    task_type: TaskType | None = None

    @property
    def main_format(self) -> Format | None:
        """The format of most rows."""
        counts = self.n_rows_by_format
        return Format(max(counts, key=lambda name: counts[name])) if counts else None


class _Concluding(Protocol):
    """What all watchers have in common."""

    def merge(self, later: Self, lines: int, /) -> None:
        """Add what `later` noted in the stretch that follows after so many lines."""

    def finish(self, found: Collector, facts: Facts, /) -> None:
        """Report on the whole file."""


@runtime_checkable
class RowWatcher(_Concluding, Protocol):
    def see(self, row: Row, line: int, raw: bytes, found: Collector, /) -> None:
        """Take note of a sound row. `raw` is its line as it stands in the file."""


@runtime_checkable
class BlockWatcher(_Concluding, Protocol):
    """Reports nothing until it finishes. A call for each row would take a tenth of the time of a check of structure."""

    def see_block(self, rows: Sequence[Row], lines: Sequence[int], /) -> None:
        """Take note of sound rows in the order of the file, about a megabyte of them, and of their lines."""


Watcher = RowWatcher | BlockWatcher


@runtime_checkable
class Describes(Protocol):
    """A watcher that also says what the file is like, beside what is wrong with it."""

    def describe(self, facts: Facts, /) -> dict[str, Any]:
        """Sections of the report's `facts` by name, of bounded size. Asked when every watcher has finished.

        Two watchers may each add keys to one section.
        """
