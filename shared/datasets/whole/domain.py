"""Whether texts are unlike what base models have read: many tokens for each word, scripts that few models know.

A sign to be read before training. What the base model makes of the texts is the loss of the job's first validation.
"""

# ruff: noqa: SLF001 - watchers of a kind are merged
import re
from collections import Counter
from typing import Any

from shared.datasets.collector import Collector
from shared.datasets.row import Row
from shared.datasets.tokens.models import get_token_model
from shared.datasets.tokens.vocabulary import load_encoding
from shared.datasets.watchers import Facts

_SAMPLE_ROWS = 500
"""Of each stretch, the first ones."""

_MAX_CHARS = 4_000
_MIN_WORDS = 200
_ENGLISH_TOKENS_PER_WORD = 1.3
"""Measured in o200k_base and cl100k_base: 1.29 on the questions of AR-LSAT, 1.39 on chats of a shop."""

_MAX_TIMES = 1.6
_MIN_LETTERS = 8
_MAX_RARE_SHARE = 0.1
_LETTER = re.compile(r"[^\W\d_]")
_SCRIPTS = (
    ("latin", re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")),
    ("cyrillic", re.compile(r"[\u0400-\u052f]")),
    ("cjk", re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]")),
    ("arabic", re.compile(r"[\u0600-\u06ff\u0750-\u077f]")),
)
_UNSPACED = frozenset({"cjk", "other"})
"""Scripts that may set no spaces between words, so that words cannot be counted."""


class Domain:
    """`partial(Domain, model)` as an `extra` of a check; the tokens are those of the model's encoding, or like it."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._n_seen = 0
        self._n_words = 0
        self._n_tokens = 0
        self._scripts: Counter[str] = Counter()
        "Rows by the script of most of their letters."

    def see(self, row: Row, _line: int, _raw: bytes, _found: Collector) -> None:
        if self._n_seen == _SAMPLE_ROWS:
            return
        self._n_seen += 1
        text = "\n".join(turn.content for turn in row.turns)[:_MAX_CHARS]
        script = _find_script(text)
        if script is None:
            return
        self._scripts[script] += 1
        if script not in _UNSPACED:
            encoding = load_encoding(get_token_model(self._model).encoding)
            self._n_words += len(text.split())
            self._n_tokens += len(encoding.encode(text, disallowed_special=()))

    def merge(self, later: "Domain", _lines: int) -> None:
        self._n_words += later._n_words
        self._n_tokens += later._n_tokens
        self._scripts.update(later._scripts)

    def finish(self, found: Collector, _facts: Facts) -> None:
        facts = self._measure()
        if facts["tokens_per_word"] is not None and facts["times_english"] > _MAX_TIMES:
            problem = (
                f"The texts take {facts['tokens_per_word']:.1f} tokens for each word, "
                f"{facts['times_english']:.1f} times what English takes: the base model may know little of them."
            )
            found.add_for_file("domain_shift", problem, detail=facts)
        if facts["rare_script_share"] > _MAX_RARE_SHARE:
            problem = (
                f"{facts['rare_script_share']:.0%} of the rows are in a script of which base models have read little."
            )
            found.add_for_file("domain_shift", problem, detail=facts)

    def describe(self, _facts: Facts) -> dict[str, Any]:
        """The section `domain`: tokens per word against English, and rows by script, of a sample."""
        return {"domain": self._measure()}

    def _measure(self) -> dict[str, Any]:
        n_rows = self._scripts.total()
        per_word = self._n_tokens / self._n_words if self._n_words >= _MIN_WORDS else None
        return {
            "tokens_per_word": None if per_word is None else round(per_word, 2),
            "times_english": None if per_word is None else round(per_word / _ENGLISH_TOKENS_PER_WORD, 2),
            "scripts": dict(self._scripts.most_common()),
            "rare_script_share": round(self._scripts["other"] / n_rows, 4) if n_rows else 0.0,
            "n_rows_sampled": n_rows,
        }


def _find_script(text: str) -> str | None:
    """The script of most letters; `other` for one that is not among those that base models know well."""
    n_letters = len(_LETTER.findall(text))
    if n_letters < _MIN_LETTERS:
        return None
    counts = {name: len(pattern.findall(text)) for name, pattern in _SCRIPTS}
    counts["other"] = n_letters - sum(counts.values())
    return max(counts, key=lambda name: counts[name])
