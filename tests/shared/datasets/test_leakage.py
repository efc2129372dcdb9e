"""What of a validation file was trained on."""

from shared.datasets.check import check_stretch
from shared.datasets.checks.context import Context
from shared.datasets.collector import Collector
from shared.datasets.depths import Depth
from shared.datasets.leakage import compare_files, report_shared_contexts
from shared.datasets.report import Report
from shared.datasets.stretch import Stretch
from tests.shared.datasets.builders import MAX_LINE_BYTES, talk
from tests.shared.datasets.test_context_groups import passage

STORY = " ".join(f"word{number}" for number in range(100))


def read(data: bytes, depth: Depth = Depth.QUALITY) -> Stretch:
    return check_stretch([data], max_line_bytes=MAX_LINE_BYTES, context=Context(), depth=depth)


def labelled(labels: str) -> bytes:
    return b"".join(talk(f"{labels} {number}?", label) for number, label in enumerate(labels))


class TestLeaks:
    def test_prompts(self) -> None:
        """A prompt in both files is an error at its line, whatever the answer."""
        training, validation = read(talk("a", "1") + talk("b", "2")), read(talk("c", "3") + talk("b", "4"))

        finding = compare_files(training, validation).findings[0]

        assert (finding.code, finding.line, finding.detail) == ("train_validation_leak", 2, {"other_line": 2})

    def test_near_duplicates(self) -> None:
        """A row that is nearly one of the training file is a warning; two alike in one file are not."""
        training = read(talk("Tell me.", STORY) + talk("Tell me.", f"{STORY} so"), Depth.DATASET)
        validation = read(talk("x", "y") + talk("Tell me more.", f"{STORY} end"), Depth.DATASET)

        finding = compare_files(training, validation).findings[0]

        assert (finding.code, finding.line, finding.detail["other_line"]) == ("train_validation_near_leak", 2, 1)

    def test_different_files_have_none(self) -> None:
        """Files without a row in common have nothing to report."""
        training, validation = read(talk("a", "1"), Depth.DATASET), read(talk("b", "1"), Depth.DATASET)

        assert dict(compare_files(training, validation).counts) == {}

    def test_labels_that_are_spread_differently(self) -> None:
        """Another spread of labels, or one that was never trained on, is a warning."""
        training = read(labelled("AAAAABBBBB" * 2))

        assert dict(compare_files(training, read(labelled("ABABABABAA"))).counts) == {}
        assert compare_files(training, read(labelled("AAAAAAAAAB"))).counts["label_mismatch_splits"] == 1
        assert compare_files(training, read(labelled("AAAABBBBAC"))).counts["label_mismatch_splits"] == 1

    def test_contexts(self) -> None:
        """Questions about passages that were trained on are a warning from a tenth of the rows on."""
        training = [f"{passage(number)} first?" for number in range(30)]
        fresh = [f"{passage(100 + number)} second?" for number in range(18)]
        report = Report()

        report_shared_contexts(training, [*fresh, f"{passage(1)} second?"], Collector(report))
        assert dict(report.counts) == {}

        report_shared_contexts(training, [*fresh, *(f"{passage(n)} second?" for n in range(3))], Collector(report))
        assert report.findings[0].detail == {"share": 0.1429, "n_rows": 3}
