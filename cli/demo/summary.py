"""What the demo leaves behind: a page, a picture of the loss curve, the answers."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from cli.demo.answers import AnswerPair
from cli.demo.loss_curve import loss_curve_svg
from cli.demo.training import Outcome


def write_summary(folder: Path, outcome: Outcome, pairs: list[AnswerPair], seconds: Mapping[str, float]) -> None:
    """Write summary.md, loss-curve.svg and answers.json into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    train, validation = outcome.losses("train_loss"), outcome.losses("full_valid_loss")
    curve = loss_curve_svg(train, validation, title=outcome.model)
    answers = json.dumps([pair.as_json() for pair in pairs], indent=2, ensure_ascii=False)
    (folder / "loss-curve.svg").write_text(curve, encoding="utf-8")
    (folder / "answers.json").write_text(answers + "\n", encoding="utf-8")
    (folder / "summary.md").write_text(_page(outcome, pairs, seconds), encoding="utf-8")


def _page(outcome: Outcome, pairs: list[AnswerPair], seconds: Mapping[str, float]) -> str:
    job, train, validation = outcome.job, outcome.losses("train_loss"), outcome.losses("full_valid_loss")
    facts = {
        "base model": job.model,
        "tuned model": outcome.model,
        "job": job.id,
        "steps": str(len(train)),
        "trained tokens": str(job.trained_tokens),
        "training loss": f"{train[0][1]:.2f} → {train[-1][1]:.2f}",
        "validation loss, by epoch": " → ".join(f"{loss:.2f}" for _, loss in validation),
        "answers in house format": f"{sum(pair.follows_format for pair in pairs)} of {len(pairs)}",
        "answers in right category": f"{sum(pair.has_right_category for pair in pairs)} of {len(pairs)}",
    }
    return "\n".join(
        [
            "# A fine-tuning job, from upload to answer",
            "",
            *_table(("", ""), facts.items()),
            "",
            "![loss curve](loss-curve.svg)",
            "",
            "## Before and after",
            "",
            *_table(("question", job.model, outcome.model), _answer_rows(pairs)),
            "",
            "## Time",
            "",
            *_table(("part", "seconds"), ((name, f"{value:.1f}") for name, value in seconds.items())),
            "",
        ]
    )


def _answer_rows(pairs: list[AnswerPair]) -> Iterator[tuple[str, str, str]]:
    for pair in pairs:
        yield pair.question.text, pair.before, pair.after


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(_cell(text) for text in row)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", "<br>")
