"""What the demo shows and leaves behind."""

import io
import json
from pathlib import Path

from openai.types.fine_tuning import FineTuningJob, FineTuningJobEvent
from rich.console import Console

from cli.demo.answers import AnswerPair, side_by_side
from cli.demo.dataset import Question
from cli.demo.summary import write_summary
from cli.demo.training import Outcome

TUNED = "[BILLING | P1]\nSorry about that.\n1. Do this.\n2. Do that.\nThe Larkdesk team"
PAIRS = [
    AnswerPair(Question("Charged twice?", "BILLING"), before="I <b>can</b> help | maybe", after=TUNED),
    AnswerPair(Question("Where is it?", "SHIPPING"), before="Hm.", after=TUNED),
    AnswerPair(Question("Password?", "LOGIN"), before="Hm.", after="no idea"),
]


def step(number: int, **metrics: float) -> FineTuningJobEvent:
    return FineTuningJobEvent(
        id=f"e{number}",
        created_at=number,
        level="info",
        message="Step",
        object="fine_tuning.job.event",
        type="metrics",
        data={"step": number, "total_steps": 2} | metrics,
    )


OUTCOME = Outcome(
    job=FineTuningJob.construct(id="ftjob-1", model="base", trained_tokens=123),
    model="ft:base::house-style:1",
    events=[step(1, train_loss=4.0), step(2, train_loss=0.5, full_valid_loss=0.75)],
)


class TestAnswers:
    def test_format_and_category_are_judged_apart(self) -> None:
        """An answer can follow the house format with a wrong category, but has none without the format."""
        verdicts = [(pair.follows_format, pair.has_right_category) for pair in PAIRS]

        assert verdicts == [(True, True), (True, False), (False, False)]

    def test_tags_are_shown_as_text(self) -> None:
        """The table shows the tag in square brackets, which a terminal library would take for markup."""
        terminal = Console(file=io.StringIO(), width=200)
        terminal.print(side_by_side([AnswerPair(Question("?", "APP"), before="[red]", after=TUNED)], tuned="ft"))

        assert isinstance(terminal.file, io.StringIO)
        assert "[red]" in terminal.file.getvalue()
        assert "[BILLING | P1]" in terminal.file.getvalue()


class TestSummary:
    def test_losses_come_from_the_events(self) -> None:
        """Each metrics event gives a point to the curves it has a number for."""
        assert OUTCOME.losses("train_loss") == [(1, 4.0), (2, 0.5)]
        assert OUTCOME.losses("full_valid_loss") == [(2, 0.75)]

    def test_three_files_are_left(self, tmp_path: Path) -> None:
        """The summary folder holds the page, the picture it shows and the answers."""
        write_summary(tmp_path / "new", OUTCOME, PAIRS, {"train": 61.2})

        assert {path.name for path in (tmp_path / "new").iterdir()} == {"summary.md", "loss-curve.svg", "answers.json"}
        assert "(loss-curve.svg)" in (tmp_path / "new" / "summary.md").read_text(encoding="utf-8")

    def test_the_page_tells_the_numbers(self, tmp_path: Path) -> None:
        """The page tells the fall of the loss, how many answers follow the format, and the time."""
        write_summary(tmp_path, OUTCOME, PAIRS, {"train": 61.2})

        page = (tmp_path / "summary.md").read_text(encoding="utf-8")
        assert "| training loss | 4.00 → 0.50 |" in page
        assert "| answers in house format | 2 of 3 |" in page
        assert "| train | 61.2 |" in page

    def test_answers_cannot_break_the_page(self, tmp_path: Path) -> None:
        """Bars, line breaks and markup in an answer stay inside its cell."""
        write_summary(tmp_path, OUTCOME, PAIRS, {})

        page = (tmp_path / "summary.md").read_text(encoding="utf-8")
        assert "I &lt;b>can&lt;/b> help \\| maybe" in page
        assert "[BILLING \\| P1]<br>Sorry about that.<br>1. Do this." in page

    def test_answers_are_kept_with_their_verdicts(self, tmp_path: Path) -> None:
        """answers.json holds each question with both answers and both verdicts."""
        write_summary(tmp_path, OUTCOME, PAIRS, {})

        first = json.loads((tmp_path / "answers.json").read_text(encoding="utf-8"))[0]
        assert first == {
            "question": {"text": "Charged twice?", "category": "BILLING"},
            "before": "I <b>can</b> help | maybe",
            "after": TUNED,
            "follows_format": True,
            "has_right_category": True,
        }
