"""Notes what users ask in each row, to see whether two files ask about the same contexts."""

# ruff: noqa: SLF001 - watchers of a kind are merged
from shared.datasets.collector import Collector
from shared.datasets.context_groups import read_asked
from shared.datasets.row import Row
from shared.datasets.watchers import Facts

_MOST_CHARS = 16 << 20
"""Held of one file; a file with more is not judged, since a part of it would tell nothing of the rest."""


class Contexts:
    """Goes along only where there is another file to compare with, since it holds texts."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._n_chars = 0

    @property
    def texts(self) -> list[str] | None:
        """Of each row one; None for a file with too many."""
        return self._texts if self._n_chars <= _MOST_CHARS else None

    def see(self, row: Row, _line: int, _raw: bytes, _found: Collector) -> None:
        text = read_asked(row)
        self._texts.append(text)
        self._count(len(text))

    def merge(self, later: "Contexts", _lines: int) -> None:
        self._texts += later._texts
        self._count(later._n_chars)

    def finish(self, _found: Collector, _facts: Facts) -> None:
        """What is noted is compared with the other file's."""

    def _count(self, n_chars: int) -> None:
        self._n_chars += n_chars
        if self._n_chars > _MOST_CHARS:
            self._texts.clear()
