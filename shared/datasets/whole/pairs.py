"""Rows that contradict or repeat each other, told from the index: what is only known once all have been read."""

from shared.datasets.codes import Severity
from shared.datasets.collector import Collector
from shared.datasets.row import Format, Row
from shared.datasets.row_index import RowIndex
from shared.datasets.watchers import Facts, TaskType
from shared.datasets.whole.duplicates import Earliest


class Pairs:
    """Keeps nothing of its own: it reads the index that the duplicates have built."""

    def see(self, _row: Row, _line: int, _raw: bytes, _found: Collector) -> None:
        """The index is enough."""

    def merge(self, _later: "Pairs", _lines: int) -> None:
        """The index is enough."""

    def finish(self, found: Collector, facts: Facts) -> None:
        if facts.index is None:
            return
        if facts.main_format is Format.PREFERENCE:
            _report_reversed(facts.index, found)
            return
        is_closed = facts.task_type is TaskType.CLASSIFICATION
        _report_conflicts(facts.index, found, Severity.ERROR if is_closed else Severity.WARNING)
        _report_repeated(facts.index, found)


def _report_conflicts(index: RowIndex, found: Collector, severity: Severity) -> None:
    conflicts = Earliest(found.capacity)
    for first, later in index.same_prompts():
        if later.answer != first.answer:
            conflicts.add(later.line, first.line)
    problem = "The prompt is the same as on line {} and the answer another; keep one of them."
    conflicts.report(found, "conflicting_answers", problem, severity=severity)


def _report_repeated(index: RowIndex, found: Collector) -> None:
    repeated = Earliest(found.capacity)
    for first, later in index.same_questions():
        if later.prompt != first.prompt:
            repeated.add(later.line, first.line)
    problem = "Line {} has the same question and answer in another conversation."
    repeated.report(found, "prompt_repeated", problem)


def _report_reversed(index: RowIndex, found: Collector) -> None:
    swapped = Earliest(found.capacity)
    for first, later in index.swapped():
        swapped.add(later.line, first.line)
    problem = "Line {} has the same input and prefers what this row rejects; decide for one."
    swapped.report(found, "dpo_pair_reversed", problem)
