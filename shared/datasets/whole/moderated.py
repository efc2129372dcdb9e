"""Rows that a moderation service flags: providers refuse files with too many of them, and do not say how many.

Refuses to know the service: whoever asks for the check brings a function that judges texts. A service that fails
leaves rows without a judgement, which is told, and never fails the check.
"""

# ruff: noqa: SLF001 - watchers of a kind are merged
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from shared.datasets.collector import Collector
from shared.datasets.first_rows import FirstRows
from shared.datasets.row import Row
from shared.datasets.watchers import Facts

Moderate = Callable[[Sequence[str]], Sequence[Sequence[str]]]
"""For each text the categories in which it was flagged, none if it was not. Raises NotJudgedError."""

BATCH_ROWS = 32
_BATCH_CHARS = 32_000
"""Of one request, or one row more: 8,000 tokens are below what the smallest accounts at OpenAI have in a minute."""

_MAX_ROWS = 10_000
"""Put to the service of one stretch, the first ones: each costs a request's share."""

_MAX_CHARS = 20_000
"""Of one row; the rest of it is not judged."""

_MOST_CATEGORIES = 50
BEYOND_LIMIT = f"Of each stretch of a file, only the first {_MAX_ROWS:,} rows are judged."


class NotJudgedError(Exception):
    """Texts that were not judged. `reason` is one sentence for people, without a word of the texts.

    With `is_final`, further texts would fare no better now, and none are sent. With `may_pass`, the same texts may be
    judged later.
    """

    def __init__(self, reason: str, *, is_final: bool = False, may_pass: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_final = is_final
        self.may_pass = may_pass


class Moderated:
    """`partial(Moderated, moderate)` as an `extra` of a check. The function stays where the rows were read."""

    def __init__(self, moderate: Moderate) -> None:
        self._moderate: Moderate | None = moderate
        self._flagged: FirstRows[tuple[str, ...]] = FirstRows()
        self._categories: Counter[str] = Counter()
        self._n_taken = 0
        self._n_judged = 0
        self._n_cut = 0
        self._not_judged: Counter[str] = Counter()
        "Rows by the reason why not."
        self._given_up: str | None = None
        "Why no further rows are sent."
        self._may_pass = False
        "Whether some rows may be judged later."
        self._waiting: list[tuple[int, str]] = []
        self._waiting_chars = 0

    def see(self, row: Row, line: int, _raw: bytes, _found: Collector) -> None:
        if self._given_up is None and self._n_taken == _MAX_ROWS:
            self._given_up = BEYOND_LIMIT
        if self._given_up is not None:
            self._not_judged[self._given_up] += 1
            return
        text = _text_of(row)
        self._n_taken += 1
        self._n_cut += len(text) > _MAX_CHARS
        self._waiting.append((line, text[:_MAX_CHARS]))
        self._waiting_chars += len(text[:_MAX_CHARS])
        if len(self._waiting) == BATCH_ROWS or self._waiting_chars >= _BATCH_CHARS:
            self._judge()

    def merge(self, later: "Moderated", lines: int) -> None:
        self._judge()
        later._judge()
        self._n_judged += later._n_judged
        self._n_cut += later._n_cut
        self._categories.update(later._categories)
        self._not_judged.update(later._not_judged)
        self._may_pass = self._may_pass or later._may_pass
        self._flagged.merge(later._flagged, lines=lines)

    def finish(self, found: Collector, _facts: Facts) -> None:
        self._judge()
        self._flagged.report(
            found,
            "moderation_flagged",
            lambda categories: f"Moderation flags the row for {', '.join(categories)}; remove it unless it is wanted.",
            lambda categories: {"categories": list(categories)},
        )
        for reason, n_rows in self._not_judged.most_common():
            problem = f"Not judged by moderation: {n_rows:,} of {self._n_rows:,} rows. {reason}"
            found.add_for_file("moderation_incomplete", problem, detail={"n_rows": n_rows, "reason": reason})

    def describe(self, _facts: Facts) -> dict[str, Any]:
        """The section `moderation`: how many rows were judged, what was found, and why the rest is not known."""
        told = {
            "n_judged": self._n_judged,
            "n_flagged": self._flagged.count,
            "n_not_judged": self._not_judged.total(),
            "n_beyond_limit": self._not_judged[BEYOND_LIMIT],
            "n_cut": self._n_cut,
            "categories": dict(self._categories.most_common(_MOST_CATEGORIES)),
            "reasons": dict(self._not_judged.most_common()),
            "may_pass": self._may_pass,
        }
        return {"moderation": told}

    def __getstate__(self) -> dict[str, Any]:
        """Judged before it travels: texts stay where they were read, and so does what may hold a key."""
        self._judge()
        return self.__dict__ | {"_moderate": None}

    @property
    def _n_rows(self) -> int:
        return self._n_judged + self._not_judged.total()

    def _judge(self) -> None:
        waiting, self._waiting, self._waiting_chars = self._waiting, [], 0
        if not waiting:
            return
        # A service may refuse a text that is none; there is nothing to flag in it.
        sent = [(line, text) for line, text in waiting if text.strip()]
        self._n_judged += len(waiting) - len(sent)
        for line, categories in self._send(sent):
            self._n_judged += 1
            if categories:
                self._flagged.add(line, tuple(categories))
                self._categories.update(categories)

    def _send(self, rows: list[tuple[int, str]]) -> list[tuple[int, Sequence[str]]]:
        """Line and categories of each row; nothing where the service did not judge them."""
        if not rows or self._moderate is None:
            return []
        try:
            judged = self._moderate([text for _line, text in rows])
        except NotJudgedError as error:
            self._not_judged[error.reason] += len(rows)
            self._given_up = error.reason if error.is_final else None
            self._may_pass = self._may_pass or error.may_pass
            return []
        return [(line, categories) for (line, _text), categories in zip(rows, judged, strict=True)]


def _text_of(row: Row) -> str:
    """All that a training would learn from: turns, the answer to unlearn, and tool calls."""
    rejected = [row.rejected.content] if row.rejected is not None else []
    return "\n".join([*(turn.content for turn in row.turns), *rejected, *row.calls.values()])
