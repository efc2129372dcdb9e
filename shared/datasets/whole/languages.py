"""The languages of a sample of rows. What is too short or mostly code is not judged."""

# ruff: noqa: SLF001 - watchers of a kind are merged
import re
from collections import Counter
from typing import Any

from py3langid import classify

from shared.datasets.found import Found
from shared.datasets.row import Row, Turn
from shared.datasets.watchers import Facts

_ALL_UP_TO = 200
_ONE_IN = 32
"""Rows of a long file that are judged: a language takes 50 µs to tell."""

_MIN_JUDGED = 20
_MIN_SHARE = 0.05
_LOOK_CHARS = 600
_TOLD_BY_CHARS = 200
_MIN_LETTERS = 40
_MIN_CJK_LETTERS = 8
_CJK_SHARE = 0.3
_NOISE = re.compile(r"```.*?(?:```|\Z)|https?://\S+|[^\w\s]|\d", re.DOTALL)
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


class Languages:
    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def see(self, row: Row, line: int, _raw: bytes, found: Found) -> None:
        if line > _ALL_UP_TO and line % _ONE_IN:
            return
        answer, asked = row.answer, row.prompt[-1:]
        told = [find_language(turn.content) for turn in (*asked, *([answer] if answer else []))]
        self._counts.update({language for language in told if language is not None})
        if len(told) == 2 and None not in told and told[0] != told[1] and _is_dialogue(asked):  # noqa: PLR2004
            problem = f"The user seems to write {told[0]} and the assistant {told[1]}; is that meant?"
            found.add("language_mismatch", problem, detail={"user": told[0], "assistant": told[1]})

    def merge(self, later: "Languages", _lines: int) -> None:
        self._counts.update(later._counts)

    def finish(self, found: Found, _facts: Facts) -> None:
        common = {name: share for name, share in self._shares().items() if share >= _MIN_SHARE}
        if len(common) > 1:
            named = ", ".join(f"{name} {share:.0%}" for name, share in common.items())
            found.add("language_mix", f"The rows are in several languages: {named}.", detail={"shares": common})

    def describe(self, _facts: Facts) -> dict[str, Any]:
        """Languages by their share of the rows that could be judged; without those, nothing."""
        shares = self._shares()
        return {"languages": shares} if shares else {}

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


def _is_dialogue(asked: list[Turn]) -> bool:
    return bool(asked) and asked[0].role == "user"


def _classify(text: str) -> str:
    language: str = classify(text)[0]
    return language
