"""The languages of a sample of rows. What is too short or mostly code is not judged."""

# ruff: noqa: SLF001 - watchers of a kind are merged
import re
from collections import Counter
from functools import cache
from typing import Any, NamedTuple

from py3langid import classify

from shared.datasets.collector import Collector
from shared.datasets.row import Row
from shared.datasets.watchers import Facts

_ALL_UP_TO = 200
_ONE_IN = 64
"""Rows of a long stretch that are judged: of 16 MB some 300, which tell shares to within a few hundredths."""

_BATCH_ROWS = 1_000
"""Judged together. A language takes 70 µs to tell if that before was told just now, else 180: the model has 50 MB, of
which reading rows leaves nothing in a core's cache.
"""

_MIN_JUDGED = 20
_MIN_SHARE = 0.05
_LOOK_CHARS = 600
_TOLD_BY_CHARS = 200
_MIN_LETTERS = 40
_MIN_CJK_LETTERS = 8
_CJK_SHARE = 0.3
_NOISE = re.compile(r"```.*?(?:```|\Z)|https?://\S+|[^\w\s]|\d", re.DOTALL)
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


class _Said(NamedTuple):
    """What a row is judged by."""

    line: int
    texts: list[str]
    is_dialogue: bool
    "Whether the first text is a user's and the second what the assistant answers."


class Languages:
    def __init__(self) -> None:
        # Not with the first row: processes that are forked when watchers have been made share 75 MB and spare 0.5 s.
        _load_model()
        self._counts: Counter[str] = Counter()
        self._mismatches: list[tuple[int, str, str]] = []
        "Line, language of the user, language of the assistant."
        self._waiting: list[_Said] = []

    def __getstate__(self) -> dict[str, Any]:
        """Judged before it travels: texts stay where they were read."""
        self._judge()
        return self.__dict__

    def see(self, row: Row, line: int, _raw: bytes, _found: Collector) -> None:
        if line > _ALL_UP_TO and line % _ONE_IN:
            return
        answer, asked = row.answer, row.prompt[-1:]
        texts = [turn.content[:_LOOK_CHARS] for turn in (*asked, *([answer] if answer else []))]
        self._waiting.append(_Said(line, texts, len(texts) == 2 and asked[0].role == "user"))  # noqa: PLR2004 - of both
        if len(self._waiting) == _BATCH_ROWS:
            self._judge()

    def merge(self, later: "Languages", lines: int) -> None:
        self._judge()
        later._judge()
        self._counts.update(later._counts)
        self._mismatches += [(line + lines, asked, answered) for line, asked, answered in later._mismatches]

    def finish(self, found: Collector, _facts: Facts) -> None:
        self._judge()
        common = {name: share for name, share in self._shares().items() if share >= _MIN_SHARE}
        if len(common) > 1:
            named = ", ".join(f"{name} {share:.0%}" for name, share in common.items())
            found.add("language_mix", f"The rows are in several languages: {named}.", detail={"shares": common})
        for line, asked, answered in self._mismatches:
            problem = f"The user seems to write {asked} and the assistant {answered}; is that meant?"
            found.add_at(line, "language_mismatch", problem, detail={"user": asked, "assistant": answered})

    def describe(self, _facts: Facts) -> dict[str, Any]:
        """Languages by their share of the rows that could be judged; without those, nothing."""
        shares = self._shares()
        return {"languages": shares} if shares else {}

    def _judge(self) -> None:
        for line, texts, is_dialogue in self._waiting:
            told = [language for text in texts if (language := find_language(text)) is not None]
            self._counts.update(set(told))
            if is_dialogue and len(told) == len(texts) and told[0] != told[1]:
                self._mismatches.append((line, told[0], told[1]))
        self._waiting = []

    def _shares(self) -> dict[str, float]:
        n_judged = self._counts.total()
        if n_judged < _MIN_JUDGED:
            return {}
        return {name: round(count / n_judged, 3) for name, count in self._counts.most_common()}


def find_language(text: str) -> str | None:
    """ISO 639-1 code, or `cjk` for Chinese, Japanese and Korean by their script; None if too little is said."""
    words = " ".join(_NOISE.sub(" ", text[:_LOOK_CHARS]).split())[:_TOLD_BY_CHARS]
    n_letters = sum(map(str.isalpha, words))
    n_cjk = len(_CJK.findall(words))
    if n_cjk >= _MIN_CJK_LETTERS and n_cjk > _CJK_SHARE * n_letters:
        return "cjk"
    return _classify(words) if n_letters >= _MIN_LETTERS else None


@cache
def _load_model() -> None:
    _classify("")


def _classify(text: str) -> str:
    language: str = classify(text)[0]
    return language
