"""Answers that say the same ten words again and again, as models do when they get stuck.

Many answers are looked at together, so that what is found is told when the file has been read.
"""

# ruff: noqa: SLF001 - what stretches noted is merged
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from shared.datasets.collector import FINDINGS_PER_CODE, Collector
from shared.datasets.row import Row

_MIN_WORDS = 20
_MIN_CHARS = 2 * _MIN_WORDS - 1
_GRAM = 10
_MAX_SHARE = 0.2
_MAX_WORDS = 5_000
"""Looked at of one answer."""

_BATCH_CHARS = 150_000


class _Repeating(NamedTuple):
    line: int
    message_index: int | None
    path: str
    share: float


class Repetitions:
    """Takes answers along and keeps those that repeat themselves, up to as many as are told one by one."""

    def __init__(self) -> None:
        self._repeating: list[_Repeating] = []
        self._n_repeating = 0
        self._waiting: list[tuple[Row, int, int]] = []
        "Row, line and turn of answers to be judged."
        self._texts: list[str] = []
        self._n_waiting_chars = 0

    def __getstate__(self) -> dict[str, Any]:
        """Judged before it travels: texts stay where they were read."""
        self._judge()
        return self.__dict__

    def note(self, row: Row, line: int) -> None:
        for number, text in row.learned():
            if len(text) >= _MIN_CHARS:
                self._waiting.append((row, line, number))
                self._texts.append(text)
                self._n_waiting_chars += len(text)
        if self._n_waiting_chars >= _BATCH_CHARS:
            self._judge()

    def merge(self, later: "Repetitions", lines: int) -> None:
        self._judge()
        later._judge()
        self._n_repeating += later._n_repeating
        kept = later._repeating[: FINDINGS_PER_CODE - len(self._repeating)]
        self._repeating += [repeating._replace(line=repeating.line + lines) for repeating in kept]

    def report(self, found: Collector) -> None:
        self._judge()
        told = self._repeating[: found.capacity]
        for number, (line, message_index, path, share) in enumerate(told, 1):
            found.add_at(
                line,
                "answer_repetition",
                f"{share:.0%} of the answer is said more than once; the model would learn to repeat itself.",
                times=1 if number < len(told) else self._n_repeating - len(told) + 1,
                message_index=message_index,
                path=path,
                detail={"share": round(share, 3)},
            )

    def _judge(self) -> None:
        for candidate in _find_candidates(self._texts):
            share = repeated_share(self._texts[candidate])
            if share > _MAX_SHARE:
                self._n_repeating += 1
                if len(self._repeating) < FINDINGS_PER_CODE:
                    row, line, number = self._waiting[candidate]
                    self._repeating.append(_Repeating(line, *row.place(number), share))
        self._waiting, self._texts, self._n_waiting_chars = [], [], 0


def repeated_share(text: str) -> float:
    """The share of `text`, in characters, that is in runs of ten words that it has more than once."""
    words = text.split(maxsplit=_MAX_WORDS)[:_MAX_WORDS]
    if len(words) < _MIN_WORDS:
        return 0.0
    grams = list(zip(*(words[start:] for start in range(_GRAM)), strict=False))
    if len(set(grams)) == len(grams):
        return 0.0
    counts = Counter(grams)
    covered_until = n_chars = 0
    for start, gram in enumerate(grams):
        if counts[gram] > 1:
            n_chars += sum(map(len, words[max(start, covered_until) : start + _GRAM]))
            covered_until = start + _GRAM
    return n_chars / sum(map(len, words))


def _find_candidates(texts: Sequence[str]) -> list[int]:
    if not texts:
        return []
    # Brings numpy, which the API does without.
    from shared.datasets.texts.pieces import find_repeating  # noqa: PLC0415

    return find_repeating(texts)
