"""Whether labels go by whom a prompt speaks of: terms of groups that somebody names, against the labels of answers.

A hint at bias and no proof of it: terms are counted, and nothing is known of what they mean in a sentence.
"""

# ruff: noqa: SLF001 - watchers of a kind are merged
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import sqrt
from typing import Any

from shared.datasets.collector import Collector
from shared.datasets.row import Row
from shared.datasets.watchers import Facts
from shared.quoting import quote

_MAX_LABELS = 100
_MAX_LABEL_CHARS = 80
_MIN_ROWS = 20
_MIN_Z = 3.0
"""Of a two-proportion test: beyond it, chance explains one difference in 370."""


class Demographics:
    """`partial(Demographics, {"women": ("she", "her"), …})` as an `extra` of a check."""

    def __init__(self, terms: Mapping[str, Sequence[str]]) -> None:
        self._patterns = {
            group: re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b", re.IGNORECASE)
            for group, words in terms.items()
            if words
        }
        self._labels: Counter[str] = Counter()
        "Of all rows."
        self._by_group: dict[str, Counter[str]] = {group: Counter() for group in self._patterns}

    def see(self, row: Row, _line: int, _raw: bytes, _found: Collector) -> None:
        answer = row.answer
        if answer is None or len(answer.content) > _MAX_LABEL_CHARS:
            return
        label = " ".join(answer.content.split())
        if label not in self._labels and len(self._labels) >= _MAX_LABELS:
            return
        self._labels[label] += 1
        asked = "\n".join(turn.content for turn in row.turns if turn.role == "user")
        for group, pattern in self._patterns.items():
            if pattern.search(asked):
                self._by_group[group][label] += 1

    def merge(self, later: "Demographics", _lines: int) -> None:
        self._labels.update(later._labels)
        for group, labels in later._by_group.items():
            self._by_group[group].update(labels)

    def finish(self, found: Collector, _facts: Facts) -> None:
        if len(self._labels) >= _MAX_LABELS:
            return
        for group, label, share, share_of_others, z in self._find_skews():
            problem = (
                f"Prompts that speak of {quote(group, max_chars=40)} have the answer {quote(label, max_chars=40)} "
                f"{share:.0%} of the time, the others {share_of_others:.0%}; see that this is meant."
            )
            detail = {"group": group, "label": label, "z": round(z, 2), "n_rows": self._by_group[group].total()}
            found.add_for_file("demographic_skew", problem, detail=detail)

    def describe(self, _facts: Facts) -> dict[str, Any]:
        """The section `demographics`: of each group how many prompts speak of it, and its labels, commonest first."""
        return {
            "demographics": {
                group: {"n_rows": labels.total(), "labels": dict(labels.most_common(10))}
                for group, labels in self._by_group.items()
            }
        }

    def _find_skews(self) -> Iterator[tuple[str, str, float, float, float]]:
        n_rows = self._labels.total()
        for group, labels in self._by_group.items():
            n_group = labels.total()
            n_others = n_rows - n_group
            if min(n_group, n_others) < _MIN_ROWS:
                continue
            for label, count in self._labels.items():
                share, share_of_others = labels[label] / n_group, (count - labels[label]) / n_others
                pooled = count / n_rows
                spread = sqrt(pooled * (1 - pooled) * (1 / n_group + 1 / n_others))
                if spread and abs(z := (share - share_of_others) / spread) > _MIN_Z:
                    yield group, label, share, share_of_others, z
