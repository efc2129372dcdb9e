"""Rows to train on that are in a file which measures models."""

from shared.datasets.check import check_stretch
from shared.datasets.checks.context import Context
from shared.datasets.codes import Severity
from shared.datasets.depths import Depth
from shared.datasets.eval_leakage import EvaluationLeaks
from shared.datasets.leakage import report_leaks
from shared.datasets.stretch import Stretch
from tests.shared.datasets.builders import MAX_LINE_BYTES, find, stories, talk

FILLER = [talk(f"{story} {story[::-1]}?", "Yes.") for story in stories(30)]


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
        training = checked([*FILLER, talk(long, "Yes.")])
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
        training = checked([*FILLER, talk(long, "Yes."), talk("Both?", "Yes.")])
        first = checked([talk("Both?", "No."), talk("New?", "No.")])
        second = checked([talk("Newer?", "No."), talk("Both?", "Maybe."), talk(f"{long} So.", "Yes.")])
        leaks = EvaluationLeaks(training)

        leaks.add(first, name="first")
        leaks.add(second, name="second")
        leaks.finish()

        assert leaks_of(training) == {(31, "second", 3), (32, "first", 1), (32, "second", 2)}

    def test_with_the_same_row(self) -> None:
        """A row that several files have is told of each that a row to train on is nearly in, once a file."""
        long = " ".join(stories(12))
        shared = talk(f"{long} So.", "Yes.")
        training = checked([*FILLER, talk(long, "Yes.")])
        first, second = checked([shared, shared]), checked([talk("New?", "No."), shared])
        leaks = EvaluationLeaks(training)

        leaks.add(first, name="first")
        leaks.add(checked([]), name="empty")
        leaks.add(second, name="second")
        leaks.finish()

        assert leaks_of(training) == {(31, "first", 1), (31, "second", 2)}
        assert training.report.counts["train_eval_leak"] == 2

    def test_with_a_row_of_the_training_file(self) -> None:
        """A row is told to be nearly in a file also where the file's row is another row of the training file."""
        long = " ".join(stories(12))
        shared = talk(f"{long} So.", "Yes.")
        training, exam = checked([*FILLER, talk(long, "Yes."), shared]), checked([shared])
        leaks = EvaluationLeaks(training)

        leaks.add(exam, name="exam")
        leaks.finish()

        assert leaks_of(training) == {(31, "exam", 1), (32, "exam", 1)}

    def test_with_a_row_of_the_validation_file(self) -> None:
        """A row is told to be nearly in a file also where the validation file, compared before, has the same row."""
        long = " ".join(stories(12))
        shared = talk(f"{long} So.", "Yes.")
        training, validation = checked([*FILLER, talk(long, "Yes.")]), checked([shared])
        report_leaks(training, validation, validation.found)
        leaks = EvaluationLeaks(training, n_lines_merged=32)

        leaks.add(checked([shared]), name="exam")
        leaks.finish()

        assert leaks_of(training) == {(31, "exam", 1)}


def leaks_of(training: Stretch) -> set[tuple[int, str, int]]:
    found = [finding for finding in training.report.findings if finding.code == "train_eval_leak"]
    return {(finding.line or 0, finding.detail["other_file"], finding.detail["other_line"]) for finding in found}


def compare(training: Stretch, evaluation: Stretch, *, name: str) -> None:
    leaks = EvaluationLeaks(training)
    leaks.add(evaluation, name=name)
    leaks.finish()
