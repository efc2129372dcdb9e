"""What a validation file has of its training file: then its figures say how well the model remembers, not learns."""

from collections.abc import Sequence

from shared.datasets.collector import Collector
from shared.datasets.context_groups import find_context_groups
from shared.datasets.near_duplicates import NearDuplicates
from shared.datasets.report import Report
from shared.datasets.row_index import RowIndex
from shared.datasets.stretch import Stretch
from shared.datasets.whole.answers import Answers
from shared.datasets.whole.contexts import Contexts
from shared.datasets.whole.duplicates import Duplicates, Earliest
from shared.datasets.whole.labels import report_label_mismatch

_MAX_CONTEXT_SHARE = 0.1


def compare_files(training: Stretch, validation: Stretch) -> Report:
    """Leaks from one checked file into another, as far as the depth of their checks tells.

    Lines are those of the validation file, `other_line` those of the training file. Both stay as they are, but
    for near duplicates, which are merged into those of the training file.
    """
    report = Report()
    report_leaks(training, validation, Collector(report))
    return report


def report_leaks(training: Stretch, validation: Stretch, found: Collector) -> None:
    """The same, into `found`."""
    indexes = training.find_watcher(Duplicates), validation.find_watcher(Duplicates)
    if indexes[0] is not None and indexes[1] is not None:
        report_prompt_leaks(indexes[0].index, indexes[1].index, found)
    answers = training.find_watcher(Answers), validation.find_watcher(Answers)
    if answers[0] is not None and answers[1] is not None and answers[0].has_labels and answers[1].has_labels:
        report_label_mismatch(answers[0].labels, answers[1].labels, found)
    near = training.find_watcher(NearDuplicates), validation.find_watcher(NearDuplicates)
    if near[0] is not None and near[1] is not None:
        report_near_leaks(near[0], near[1], found, n_training_lines=training.report.n_lines)
    contexts = training.find_watcher(Contexts), validation.find_watcher(Contexts)
    if contexts[0] is not None and contexts[1] is not None and contexts[0].texts and contexts[1].texts:
        report_shared_contexts(contexts[0].texts, contexts[1].texts, found)


def report_prompt_leaks(training: RowIndex, validation: RowIndex, found: Collector) -> None:
    """Report rows of `validation` whose prompt is in `training`."""
    leaks = Earliest(found.capacity)
    for line, first in training.known_prompts(validation):
        leaks.add(line, first)
    leaks.report(found, "train_validation_leak", "The prompt is on line {} of the training file; remove it here.")


def report_near_leaks(
    training: NearDuplicates, validation: NearDuplicates, found: Collector, *, n_training_lines: int
) -> None:
    """Report rows of `validation` that nearly are in `training`, into which they are merged."""
    training.merge(validation, n_training_lines)
    leaks = Earliest(found.capacity)
    for pair in training.find_pairs():
        if pair.other_line <= n_training_lines < pair.line:
            leaks.add(pair.line - n_training_lines, pair.other_line)
    problem = "The row is nearly the same as line {} of the training file; remove it here."
    leaks.report(found, "train_validation_near_leak", problem)


def report_shared_contexts(training: Sequence[str], validation: Sequence[str], found: Collector) -> None:
    """Report that many rows of `validation` ask about contexts of `training`: users' texts, of each row one."""
    if not validation:
        return
    groups = find_context_groups([*training, *validation])
    trained = set(groups[: len(training)])
    n_shared = sum(group in trained for group in groups[len(training) :])
    share = n_shared / len(validation)
    if share > _MAX_CONTEXT_SHARE:
        problem = f"{share:.0%} of the validation rows ask about contexts that were trained on; split by context."
        found.add("shared_context_leak", problem, detail={"share": round(share, 4), "n_rows": n_shared})
