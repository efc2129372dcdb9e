"""What a training file has of files that measure models: then the measure tells what was learnt by heart.

The same as between training and validation, told on the lines of the training file, which is where rows can go.
"""

from dataclasses import dataclass
from typing import Any

from shared.datasets.codes import Severity
from shared.datasets.near_duplicates import NearDuplicates
from shared.datasets.stretch import Stretch
from shared.datasets.whole.duplicates import Duplicates, Earliest
from shared.quoting import quote

CODE = "train_eval_leak"


@dataclass(frozen=True)
class _Measured:
    """A file that has been compared, and where its lines stand behind those that were merged before."""

    shown: str
    "Its name, for a problem, which is a template with a place for the line."
    detail: dict[str, Any]
    n_before: int
    n_lines: int


class EvaluationLeaks:
    """Compares a training file with files that measure models, of which one is held at a time.

    All must have been read at the same depth and concluded. Near duplicates of the files are merged into those of the
    training file; where those of other files were merged before, `n_lines_merged` counts the lines of all, else it is
    that of the training file.
    """

    def __init__(self, training: Stretch, *, n_lines_merged: int | None = None) -> None:
        self._training = training
        self._found = training.found
        self._near = training.find_watcher(NearDuplicates)
        self._n_merged = training.report.n_lines if n_lines_merged is None else n_lines_merged
        self._measured: list[_Measured] = []

    def add(self, evaluation: Stretch, *, name: str, file_id: str | None = None) -> None:
        """Report rows whose prompt is in `evaluation`; findings name it, and have its id as `other_file`."""
        measured = _Measured(
            shown=quote(name).replace("{", "{{").replace("}", "}}"),
            detail={"other_file": name if file_id is None else file_id},
            n_before=self._n_merged,
            n_lines=evaluation.report.n_lines,
        )
        self._measured.append(measured)
        indexes = self._training.find_watcher(Duplicates), evaluation.find_watcher(Duplicates)
        if indexes[0] is not None and indexes[1] is not None:
            leaks = Earliest(self._found.capacity)
            for entry, first in indexes[1].index.known_prompts(indexes[0].index):
                leaks.add(entry.line, first.line)
            problem = f"The prompt is on line {{}} of {measured.shown}, which measures models; remove it here."
            leaks.report(self._found, CODE, problem, detail=measured.detail)
        near = evaluation.find_watcher(NearDuplicates)
        if self._near is not None and near is not None:
            self._near.merge(near, self._n_merged)
            self._n_merged += measured.n_lines

    def finish(self) -> None:
        """Report rows that are nearly in one of the files. A row that several of them have is told of the first."""
        if self._near is None:
            return
        leaks = [(measured, Earliest(self._found.capacity)) for measured in self._measured]
        for pair in self._near.find_pairs():
            if pair.other_line > self._training.report.n_lines:
                continue
            for measured, of_file in leaks:
                if measured.n_before < pair.line <= measured.n_before + measured.n_lines:
                    of_file.add(pair.other_line, pair.line - measured.n_before)
        for measured, of_file in leaks:
            problem = f"The row is nearly line {{}} of {measured.shown}, which measures models; remove it here."
            of_file.report(self._found, CODE, problem, severity=Severity.WARNING, detail=measured.detail)
