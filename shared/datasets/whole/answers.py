"""What all answers look like together: the kind of task, their labels, how varied and how uniform they are."""

# ruff: noqa: SLF001 - watchers of a kind are merged
from collections import Counter
from typing import Any

import msgspec

from shared.datasets.collector import Collector
from shared.datasets.row import Format, Row
from shared.datasets.watchers import Facts, TaskType
from shared.datasets.whole.labels import describe_labels, report_labels

_MAX_LABELS = 1_000
"""Distinct short answers told apart; a file with more has no labels worth listing."""

_MAX_LABEL_CHARS = 80
_BYTES_PER_TOKEN = 4
"""A rough figure: exact counts need the model's tokenizer, and only the size of an answer matters here."""

_MAX_LABEL_TOKENS = 10
_LONGEST = 1_000
_MIN_ROWS = 10
_MIN_ROWS_FOR_DIVERSITY = 20
_MAX_TOP_SHARE = 0.1
_MAX_KEY_SETS = 100
_MOSTLY_JSON = 0.9


class Answers:
    def __init__(self) -> None:
        self.labels: Counter[str] = Counter()
        self.n_answers = 0
        self._sizes: Counter[int] = Counter()
        "How many answers have so many tokens, roughly."
        self._n_calls = 0
        self._key_sets: Counter[str] = Counter()
        "JSON answers by their keys."

    def see(self, row: Row, _line: int, _raw: bytes, _found: Collector) -> None:
        if row.format is Format.REINFORCEMENT or row.format is Format.PREFERENCE:
            return
        text = row.turns[-1].content
        self.n_answers += 1
        self._n_calls += len(row.turns) - 1 in row.calls
        n_bytes = len(text) if text.isascii() else len(text.encode())
        self._sizes[min(n_bytes // _BYTES_PER_TOKEN + 1, _LONGEST)] += 1
        if len(text) <= _MAX_LABEL_CHARS:
            _count_bounded(self.labels, " ".join(text.split()), _MAX_LABELS)
        if (keys := _read_keys(text)) is not None:
            _count_bounded(self._key_sets, keys, _MAX_KEY_SETS)

    def merge(self, later: "Answers", _lines: int) -> None:
        self.n_answers += later.n_answers
        self._n_calls += later._n_calls
        self._sizes.update(later._sizes)
        for mine, others, limit in (
            (self.labels, later.labels, _MAX_LABELS),
            (self._key_sets, later._key_sets, _MAX_KEY_SETS),
        ):
            for text, count in others.items():
                _count_bounded(mine, text, limit, count)

    @property
    def has_labels(self) -> bool:
        """Whether the answers are few short texts that come again and again."""
        is_short = self.n_answers >= _MIN_ROWS and self._median_tokens() <= _MAX_LABEL_TOKENS
        return is_short and len(self.labels) <= max(2, self.n_answers / 3)

    def finish(self, found: Collector, facts: Facts) -> None:
        if self.n_answers < _MIN_ROWS or facts.index is None:
            return
        n_distinct, n_top = facts.index.count_answers()
        facts.task_type = self._infer_task(n_distinct)
        found.add(
            "task_type_inferred",
            f"The answers look like {_NAMES[facts.task_type]}.",
            detail={
                "task_type": str(facts.task_type),
                "n_distinct_answers": n_distinct,
                "n_answers": self.n_answers,
            },
        )
        if n_distinct == 1:
            found.add("all_answers_identical", "Every row has the same answer; the model would learn only to say it.")
        elif facts.task_type is TaskType.CLASSIFICATION:
            report_labels(self.labels, found, n_answers=self.n_answers)
        elif facts.task_type is TaskType.GENERATION and self.n_answers >= _MIN_ROWS_FOR_DIVERSITY:
            self._report_diversity(n_top, found)
        self._report_mixture(found)
        if facts.index.has_one_prompt():
            found.add("all_prompts_identical", "Every row has the same prompt; the answers cannot depend on it.")

    def describe(self, facts: Facts) -> dict[str, Any]:
        """The kind of task, and the labels of a classification."""
        if facts.task_type is None:
            return {}
        sections: dict[str, Any] = {"task_type": str(facts.task_type)}
        if facts.task_type is TaskType.CLASSIFICATION and self.labels:
            sections["labels"] = describe_labels(self.labels, n_answers=self.n_answers)
        return sections

    def _infer_task(self, n_distinct: int) -> TaskType:
        if 2 * self._n_calls >= self.n_answers:
            return TaskType.TOOL_USE
        if n_distinct <= max(2, self.n_answers / 3) and self._median_tokens() <= _MAX_LABEL_TOKENS:
            return TaskType.CLASSIFICATION
        if self._key_sets.total() >= _MOSTLY_JSON * self.n_answers:
            return TaskType.STRUCTURED
        return TaskType.GENERATION

    def _median_tokens(self) -> int:
        seen = 0
        for size in sorted(self._sizes):
            seen += self._sizes[size]
            if 2 * seen >= self.n_answers:
                return size
        return 0

    def _report_diversity(self, n_top: int, found: Collector) -> None:
        share = n_top / self.n_answers
        if share > _MAX_TOP_SHARE:
            problem = f"One answer makes up {share:.0%} of the rows; the model will fall back on it. Add variety."
            found.add("low_answer_diversity", problem, detail={"share": round(share, 3), "count": n_top})

    def _report_mixture(self, found: Collector) -> None:
        share = self._key_sets.total() / self.n_answers
        if 1 - _MOSTLY_JSON <= share <= _MOSTLY_JSON:
            problem = f"{share:.0%} of the answers are JSON objects and the others are not; settle for one form."
        elif share > _MOSTLY_JSON and len(self._key_sets) > 1:
            problem = f"The answers are JSON objects with {len(self._key_sets)} different sets of keys; settle for one."
        else:
            return
        found.add("mixed_answer_format", problem, detail={"json_share": round(share, 3)})


_NAMES = {
    TaskType.CLASSIFICATION: "labels (classification)",
    TaskType.STRUCTURED: "JSON objects",
    TaskType.TOOL_USE: "tool calls",
    TaskType.GENERATION: "free text",
}


def _count_bounded(counts: Counter[str], text: str, limit: int, times: int = 1) -> None:
    if text in counts or len(counts) < limit:
        counts[text] += times


def _read_keys(text: str) -> str | None:
    """The keys of a JSON object, sorted; None if `text` is none."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        value = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    return " ".join(sorted(value))[:1_000] if isinstance(value, dict) else None
