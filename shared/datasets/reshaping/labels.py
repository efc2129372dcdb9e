"""The label of each row, where the answers of a file are labels, in two bytes a row."""

from array import array
from collections import Counter
from collections.abc import Sequence
from typing import Any

from shared.datasets.collector import Collector
from shared.datasets.report import Report
from shared.datasets.row import Row
from shared.datasets.whole.answers import Answers

_MAX_LABELS = 1_000
_MAX_LABEL_CHARS = 80
_LISTED = 50


class RowLabels:
    """Sees every row once; whether the answers are labels at all is known at the end."""

    def __init__(self) -> None:
        self.numbers = array("H")
        "Of each row the number of its label; 0 for answers that are none."
        self._known: dict[str, int] = {}
        self._answers = Answers()
        self._found = Collector(Report())

    def see(self, row: Row | None) -> None:
        number = 0
        if row is not None:
            self._answers.see(row, 0, b"", self._found)
            if row.answer is not None and len(row.answer.content) <= _MAX_LABEL_CHARS:
                text = " ".join(row.answer.content.split())
                if text in self._known or len(self._known) < _MAX_LABELS:
                    number = self._known.setdefault(text, len(self._known) + 1)
        self.numbers.append(number)

    @property
    def are_there(self) -> bool:
        """Whether the answers are few short texts that come again and again."""
        return self._answers.has_labels

    def count(self, numbers: Sequence[int]) -> dict[str, Any]:
        """Count and share of each label among rows with these label numbers, commonest first, at most 50."""
        counts = Counter(numbers)
        texts = {number: text for text, number in self._known.items()}
        return {
            texts.get(number, "(other)"): {"count": count, "share": round(count / len(numbers), 4)}
            for number, count in counts.most_common(_LISTED)
        }
