"""What a training file has of a file that measures models: then the measure tells what was learnt by heart.

The same as between training and validation, told on the lines of the training file, which is where rows can go.
"""

from shared.datasets.codes import Severity
from shared.datasets.found import Found
from shared.datasets.near_duplicates import NearDuplicates
from shared.datasets.stretch import Stretch
from shared.datasets.whole.duplicates import Duplicates, Earliest
from shared.quoting import quote

CODE = "train_eval_leak"


def report_eval_leaks(
    training: Stretch, evaluation: Stretch, found: Found, *, name: str, n_lines_merged: int | None = None
) -> None:
    """Report rows of `training` whose prompt is in `evaluation`, a file called `name`, or nearly so.

    Both must have been read at the same depth and concluded. Near duplicates of `evaluation` are merged into those of
    `training`; where those of other files were merged before, `n_lines_merged` counts the lines of all, else it is
    that of the training file.
    """
    # Problems are templates with a place for the other line.
    shown = quote(name).replace("{", "{{").replace("}", "}}")
    indexes = training.find_watcher(Duplicates), evaluation.find_watcher(Duplicates)
    if indexes[0] is not None and indexes[1] is not None:
        leaks = Earliest(found.capacity)
        for entry, first in indexes[1].index.known_prompts(indexes[0].index):
            leaks.add(entry.line, first.line)
        leaks.report(found, CODE, f"The prompt is on line {{}} of {shown}, which measures models; remove it here.")
    near = training.find_watcher(NearDuplicates), evaluation.find_watcher(NearDuplicates)
    if near[0] is not None and near[1] is not None:
        n_before = training.report.n_lines if n_lines_merged is None else n_lines_merged
        _report_near(near[0], near[1], found, shown, n_training=training.report.n_lines, n_before=n_before)


def _report_near(
    training: NearDuplicates, evaluation: NearDuplicates, found: Found, shown: str, *, n_training: int, n_before: int
) -> None:
    training.merge(evaluation, n_before)
    leaks = Earliest(found.capacity)
    for pair in training.find_pairs():
        if pair.other_line <= n_training and pair.line > n_before:
            leaks.add(pair.other_line, pair.line - n_before)
    problem = f"The row is nearly line {{}} of {shown}, which measures models; remove it here."
    leaks.report(found, CODE, problem, severity=Severity.WARNING)
