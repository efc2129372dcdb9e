"""What a training file has of files that measure models: then the measure tells what was learnt by heart.

The same as between training and validation, told on the lines of the training file, which is where rows can go.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
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
            for line, first in indexes[1].index.known_prompts(indexes[0].index):
                leaks.add(line, first)
            problem = f"The prompt is on line {{}} of {measured.shown}, which measures models; remove it here."
            leaks.report(self._found, CODE, problem, detail=measured.detail)
        near = evaluation.find_watcher(NearDuplicates)
        if self._near is not None and near is not None:
            self._near.merge(near, self._n_merged)
            self._n_merged += measured.n_lines

    def finish(self) -> None:
        """Report rows that are nearly in one of the files, for each file that has them."""
        if self._near is None or not self._measured:
            return
        leaks = [Earliest(self._found.capacity) for _ in self._measured]
        for line, number, measured_line in self._find_near(self._near):
            leaks[number].add(line, measured_line)
        for measured, of_file in zip(self._measured, leaks, strict=True):
            problem = f"The row is nearly line {{}} of {measured.shown}, which measures models; remove it here."
            of_file.report(self._found, CODE, problem, severity=Severity.WARNING, detail=measured.detail)

    def _find_near(self, near: NearDuplicates) -> Iterator[tuple[int, int, int]]:
        """Lines to train on, each with the number of a file that measures and the line there that it nearly is.

        Of rows that say the same only the first is compared, and it may be of another file: the others stand for it.
        """
        n_training = self._training.report.n_lines
        pairs = array("I")
        for pair in near.find_pairs():
            if pair.other_line <= n_training:
                pairs.extend((pair.other_line, pair.line))
        copies = near.find_copies(pairs, after=self._measured[0].n_before)
        for one, other in zip(pairs[::2], pairs[1::2], strict=True):
            for line, alike in ((one, other), (other, one)):
                if line <= n_training and alike in copies:
                    yield from ((line, *place) for place in self._first_in_each(copies[alike]))

    def _first_in_each(self, lines: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Of lines in order, counted behind all that was merged: number of the file, and the first line in it."""
        for number, measured in enumerate(self._measured):
            at = bisect_right(lines, measured.n_before)
            if at < len(lines) and lines[at] <= measured.n_before + measured.n_lines:
                yield number, lines[at] - measured.n_before
