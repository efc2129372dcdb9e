"""Rows that a moderation service flags: providers refuse files with too many of them, and do not say how many.

Refuses to know the service: whoever asks for the check brings a function that judges texts. A service that fails
leaves rows without a judgement, which is told, and never fails the check.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from shared.datasets.collector import Collector
from shared.datasets.row import Row
from shared.datasets.watchers import Facts
from shared.datasets.whole.judgements import BEYOND_LIMIT, MOST_ROWS, Judgements

Moderate = Callable[[Sequence[str]], Sequence[Sequence[str]]]
"""For each text the categories in which it was flagged, none if it was not. Raises NotJudgedError."""

BATCH_ROWS = 32
_BATCH_CHARS = 32_000
"""Of one request, or one row more: 8,000 tokens are below what the smallest accounts at OpenAI have in a minute."""

_MAX_CHARS = 20_000
"""Of one row; the rest of it is not judged."""


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


class _Waiting(NamedTuple):
    line: int
    text: str
    is_cut: bool


class Moderated:
    """`partial(Moderated, moderate)` as an `extra` of a check. The function stays where the rows were read.

    What else than NotJudgedError the function raises ends the reading, and then `judgements` has all but the rows that
    were to be judged: given to another watcher of the same rows, they are gone on with.
    """

    def __init__(self, moderate: Moderate, judgements: Judgements | None = None) -> None:
        self.judgements = judgements or Judgements()
        self._moderate: Moderate | None = moderate
        self._n_passed = 0
        self._waiting: list[_Waiting] = []
        self._waiting_chars = 0

    def see(self, row: Row, line: int, _raw: bytes, _found: Collector) -> None:
        judged = self.judgements
        self._n_passed += 1
        if self._n_passed <= judged.n_seen:
            return
        if self._n_passed > MOST_ROWS:
            self._end_at_limit()
        if judged.given_up is not None:
            judged.leave(judged.given_up)
            return
        text = _text_of(row)
        self._waiting.append(_Waiting(line, text[:_MAX_CHARS], len(text) > _MAX_CHARS))
        self._waiting_chars += len(text[:_MAX_CHARS])
        if len(self._waiting) == BATCH_ROWS or self._waiting_chars >= _BATCH_CHARS:
            self.judge_waiting()

    def _end_at_limit(self) -> None:
        self.judge_waiting()
        if self.judgements.given_up is None:
            self.judgements.given_up = BEYOND_LIMIT

    def judge_waiting(self) -> None:
        """Have the rows judged that make no whole request yet: the last ones of a stretch."""
        waiting, self._waiting, self._waiting_chars = self._waiting, [], 0
        if not waiting:
            return
        judged = self.judgements
        # A service may refuse a text that is none; there is nothing to flag in it.
        sent = [row for row in waiting if row.text.strip()]
        try:
            categories = self._send(sent)
        except NotJudgedError as error:
            judged.leave(error.reason, n_rows=len(sent))
            judged.given_up = error.reason if error.is_final else None
            judged.may_pass = judged.may_pass or error.may_pass
            sent = []
        else:
            for row, flagged in zip(sent, categories, strict=True):
                judged.add(row.line, flagged)
        for row in waiting:
            judged.n_cut += row.is_cut
            if not row.text.strip():
                judged.add(row.line, ())

    def merge(self, later: "Moderated", lines: int) -> None:
        self.judge_waiting()
        later.judge_waiting()
        self.judgements.merge(later.judgements, lines=lines)

    def finish(self, found: Collector, _facts: Facts) -> None:
        self.judge_waiting()
        self.judgements.report(found)

    def describe(self, _facts: Facts) -> dict[str, Any]:
        """The section `moderation`."""
        return self.judgements.describe()

    def __getstate__(self) -> dict[str, Any]:
        """Judged before it travels: texts stay where they were read, and so does what may hold a key."""
        self.judge_waiting()
        return self.__dict__ | {"_moderate": None}

    def _send(self, rows: Sequence[_Waiting]) -> Sequence[Sequence[str]]:
        if not rows or self._moderate is None:
            return []
        return self._moderate([row.text for row in rows])


def _text_of(row: Row) -> str:
    """All that a training would learn from: turns, the answer to unlearn, and tool calls."""
    rejected = [row.rejected.content] if row.rejected is not None else []
    return "\n".join([*(turn.content for turn in row.turns), *rejected, *row.calls.values()])
