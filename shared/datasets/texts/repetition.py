"""Answers that say the same ten words again and again, as models do when they get stuck."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from shared.datasets.found import Found
from shared.datasets.row import Row
from shared.datasets.texts.kinds import TextCheck, report

_MIN_WORDS = 20
_GRAM = 10
_MAX_SHARE = 0.2
_MAX_WORDS = 5_000
"""Looked at of one answer."""

_PIECE = 20
_EVERY = 24
_LONG = 600
_EVERY_OF_LONG = 56
"""A fifth of a long text is several runs or a long one: wide steps hit one of them."""

_MAX_LOOKED_AT_CHARS = 30_000
_MIN_WORD = 4.4
"""In the mean, with the space. A run of ten longer words holds a whole piece, wherever it begins."""

_MIN_REPEATED = 0.03
"""Share of repeated pieces below which no fifth of the text can be in repeated runs."""


def repeated_share(text: str) -> float:
    """The share of `text`, in characters, that is in runs of ten words that it has more than once."""
    if not _may_repeat(text):
        return 0.0
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


def _may_repeat(text: str) -> bool:
    """A glance, three times as fast as counting the runs: whether some pieces stand again later in the text."""
    head = text[:_MAX_LOOKED_AT_CHARS]
    if len(head) >= _MIN_WORD * head.count(" "):
        return _has_pieces_again(head)
    # Scripts with short words have long characters.
    raw = head.encode()
    return len(raw) < _MIN_WORD * raw.count(b" ") or _has_pieces_again(raw)


def _has_pieces_again(text: str | bytes) -> bool:
    step = _EVERY if len(text) < _LONG else _EVERY_OF_LONG
    starts = range(0, len(text) - _PIECE, step)
    find: Callable[[Any, int], int] = text.find
    n_single = [find(text[start : start + _PIECE], start + 1) for start in starts].count(-1)
    return len(starts) - n_single > _MIN_REPEATED * len(starts)


def _check(row: Row, found: Found) -> None:
    for number, answer in row.learned():
        share = repeated_share(answer)
        if share > _MAX_SHARE:
            problem = f"{share:.0%} of the answer is said more than once; the model would learn to repeat itself."
            report(row, number, found, "answer_repetition", problem, detail={"share": round(share, 3)})


CHECK = TextCheck(_check)
