"""Rows that a moderation service flags: providers refuse files with too many of them, and do not say how many.

Refuses to know the service: whoever asks for the check brings a function that judges texts.
"""

# ruff: noqa: SLF001 - watchers of a kind are merged
from collections.abc import Callable, Sequence
from typing import Any

from shared.datasets.first_rows import FirstRows
from shared.datasets.found import Found
from shared.datasets.row import Row
from shared.datasets.watchers import Facts

Moderate = Callable[[Sequence[str]], Sequence[Sequence[str]]]
"""For each text the categories in which it was flagged, none if it was not. What it raises ends the check."""

_BATCH_ROWS = 32
_MAX_ROWS = 10_000
"""Judged of one stretch, the first ones: each costs a request's share."""

_MAX_CHARS = 20_000


class Moderated:
    """`partial(Moderated, moderate)` as an `extra` of a check. It travels if the function does."""

    def __init__(self, moderate: Moderate) -> None:
        self._moderate = moderate
        self._flagged: FirstRows[tuple[str, ...]] = FirstRows()
        self._n_judged = 0
        self._waiting: list[tuple[int, str]] = []

    def see(self, row: Row, line: int, _raw: bytes, _found: Found) -> None:
        if self._n_judged + len(self._waiting) < _MAX_ROWS:
            self._waiting.append((line, "\n".join(turn.content for turn in row.turns)[:_MAX_CHARS]))
            if len(self._waiting) == _BATCH_ROWS:
                self._judge()

    def merge(self, later: "Moderated", lines: int) -> None:
        self._judge()
        later._judge()
        self._n_judged += later._n_judged
        self._flagged.merge(later._flagged, lines=lines)

    def finish(self, found: Found, _facts: Facts) -> None:
        self._judge()
        self._flagged.report(
            found,
            "moderation_flagged",
            lambda categories: f"Moderation flags the row for {', '.join(categories)}; remove it unless it is wanted.",
            lambda categories: {"categories": list(categories)},
        )

    def describe(self, _facts: Facts) -> dict[str, Any]:
        """The section `moderation`: how many rows were judged, of which the rest is not known."""
        return {"moderation": {"n_judged": self._n_judged, "n_flagged": self._flagged.count}}

    def __getstate__(self) -> dict[str, Any]:
        """Judged before it travels: texts stay where they were read."""
        self._judge()
        return self.__dict__

    def _judge(self) -> None:
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        self._n_judged += len(waiting)
        judged = self._moderate([text for _line, text in waiting])
        for (line, _text), categories in zip(waiting, judged, strict=True):
            if categories:
                self._flagged.add(line, tuple(categories))
