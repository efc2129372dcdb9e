"""Rows to train on that are in a file which measures models."""

from shared.datasets.check import check_stretch
from shared.datasets.checks.context import Context
from shared.datasets.codes import Severity
from shared.datasets.depths import Depth
from shared.datasets.eval_leakage import report_eval_leaks
from shared.datasets.stretch import Stretch
from tests.shared.datasets.builders import MAX_LINE_BYTES, find, stories, talk


def checked(lines: list[bytes]) -> Stretch:
    stretch = check_stretch([b"".join(lines)], max_line_bytes=MAX_LINE_BYTES, context=Context(), depth=Depth.DATASET)
    stretch.finish()
    return stretch


class TestEvaluationFiles:
    def test_share_prompts(self) -> None:
        """A prompt of an evaluation file is an error on its line of the training file, whatever the answer."""
        rows = [talk(f"{story} Why?", "Because.") for story in stories(30)]
        training, evaluation = checked(rows), checked([talk(f"{stories(9)[8]} Why?", "So."), talk("New?", "Yes.")])

        report_eval_leaks(training, evaluation, training.found, name="exam {1}.jsonl")

        leak = find(training.report, "train_eval_leak")
        assert (leak.line, leak.detail["other_line"], leak.severity) == (9, 1, Severity.ERROR)
        assert 'line 1 of "exam {1}.jsonl"' in leak.message
        assert training.report.counts["train_eval_leak"] == 1

    def test_share_nearly_everything(self) -> None:
        """A row that is nearly one of an evaluation file is a warning; files that follow are told apart."""
        long = " ".join(stories(12))
        training = checked([talk(f"{story} {story[::-1]}?", "Yes.") for story in stories(30)] + [talk(long, "Yes.")])
        exam, other = checked([talk(f"{long} Indeed", "Yes.")]), checked([talk("Nothing of it?", "No.")])

        report_eval_leaks(training, other, training.found, name="other")
        report_eval_leaks(training, exam, training.found, name="exam", n_lines_merged=32)

        leak = find(training.report, "train_eval_leak")
        assert (leak.line, leak.detail["other_line"], leak.severity) == (31, 1, Severity.WARNING)
        assert training.report.counts["train_eval_leak"] == 1
