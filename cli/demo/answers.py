"""The same questions to the base and the tuned model, side by side."""

from dataclasses import asdict, dataclass

from openai import OpenAI
from rich.console import Console
from rich.progress import track
from rich.table import Table
from rich.text import Text

from cli.demo.dataset import HeldOut, Question, category_of

_LONGEST_ANSWER_TOKENS = 64
_ANSWER_SECONDS = 180.0
"""The first answer also waits for the model to be loaded."""


@dataclass(frozen=True)
class AnswerPair:
    """One question and what each model said."""

    question: Question
    before: str
    after: str

    @property
    def follows_format(self) -> bool:
        """Whether the tuned model answered in house format."""
        return category_of(self.after) is not None

    @property
    def has_right_category(self) -> bool:
        """Whether it also put the request where a person would."""
        return category_of(self.after) == self.question.category

    def as_json(self) -> dict[str, object]:
        """For answers.json."""
        verdict = {"follows_format": self.follows_format, "has_right_category": self.has_right_category}
        return asdict(self) | verdict


def ask_both(client: OpenAI, held_out: HeldOut, *, base: str, tuned: str, console: Console) -> list[AnswerPair]:
    """Ask every question of both models, one model after the other."""
    asked = [(model, question) for model in (base, tuned) for question in held_out.questions]
    answers = [
        _ask(client, model, held_out.system, question)
        for model, question in track(asked, description="asking", console=console, transient=True)
    ]
    count = len(held_out.questions)
    return [AnswerPair(*parts) for parts in zip(held_out.questions, answers[:count], answers[count:], strict=True)]


def side_by_side(pairs: list[AnswerPair], *, tuned: str) -> Table:
    """Show the pairs, a row each."""
    table = Table(show_lines=True)
    table.add_column("question", ratio=2)
    table.add_column("base model", ratio=4, style="dim")
    table.add_column(tuned, ratio=4)
    for pair in pairs:
        mark = Text("✓ ", style="green") if pair.follows_format else Text("✗ ", style="red")
        table.add_row(mark + Text(pair.question.text, style=""), Text(pair.before), Text(pair.after))
    return table


def _ask(client: OpenAI, model: str, system: str, question: Question) -> str:
    patient_once = client.with_options(timeout=_ANSWER_SECONDS, max_retries=0)
    answer = patient_once.chat.completions.create(
        model=model,
        messages=[{"role": "system", "content": system}, {"role": "user", "content": question.text}],
        temperature=0,
        max_tokens=_LONGEST_ANSWER_TOKENS,
    )
    return (answer.choices[0].message.content or "").strip()
