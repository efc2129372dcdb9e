"""Rows to train on that are in a file which measures models."""

from shared.datasets.check import check_stretch
from shared.datasets.checks.context import Context
from shared.datasets.codes import Severity
from shared.datasets.depths import Depth
from shared.datasets.eval_leakage import EvaluationLeaks
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

        compare(training, evaluation, name="exam {1}.jsonl")

        leak = find(training.report, "train_eval_leak")
        assert (leak.line, leak.detail, leak.severity) == (
            9,
            {"other_line": 1, "other_file": "exam {1}.jsonl"},
            Severity.ERROR,
        )
        assert 'line 1 of "exam {1}.jsonl"' in leak.message
        assert training.report.counts["train_eval_leak"] == 1

    def test_share_nearly_everything(self) -> None:
        """A row that is nearly one of an evaluation file is a warning that names the file, whatever came before it."""
        long = " ".join(stories(12))
        training = checked([talk(f"{story} {story[::-1]}?", "Yes.") for story in stories(30)] + [talk(long, "Yes.")])
        exam, other = checked([talk(f"{long} Indeed", "Yes.")]), checked([talk("Nothing of it?", "No.")])
        leaks = EvaluationLeaks(training)

        leaks.add(other, name="other")
        leaks.add(exam, name="exam", file_id="file-2")
        leaks.finish()

        leak = find(training.report, "train_eval_leak")
        assert (leak.line, leak.severity) == (31, Severity.WARNING)
        assert leak.detail == {"other_line": 1, "other_file": "file-2"}
        assert training.report.counts["train_eval_leak"] == 1

    def test_are_told_apart(self) -> None:
        """A prompt that is in several files is told of each; near rows have the lines of their own file."""
        long = " ".join(stories(12))
        filler = [talk(f"{story} {story[::-1]}?", "Yes.") for story in stories(30)]
        training = checked([*filler, talk(long, "Yes."), talk("Both?", "Yes.")])
        first = checked([talk("Both?", "No."), talk("New?", "No.")])
        second = checked([talk("Newer?", "No."), talk("Both?", "Maybe."), talk(f"{long} So.", "Yes.")])
        leaks = EvaluationLeaks(training)

        leaks.add(first, name="first")
        leaks.add(second, name="second")
        leaks.finish()

        found = [finding for finding in training.report.findings if finding.code == "train_eval_leak"]
        told = {(finding.line, finding.detail["other_file"], finding.detail["other_line"]) for finding in found}
        assert told == {(31, "second", 3), (32, "first", 1), (32, "second", 2)}


def compare(training: Stretch, evaluation: Stretch, *, name: str) -> None:
    leaks = EvaluationLeaks(training)
    leaks.add(evaluation, name=name)
    leaks.finish()
