"""The demo's own data: support requests of a made-up shop, answered in a fixed house format."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "data"
TRAINING_FILE = _FOLDER / "support_train.jsonl"
VALIDATION_FILE = _FOLDER / "support_validation.jsonl"
_QUESTIONS_FILE = _FOLDER / "support_questions.jsonl"

CATEGORIES = ("BILLING", "SHIPPING", "RETURNS", "LOGIN", "APP", "PRODUCT")

_HOUSE_FORMAT = re.compile(
    rf"\[({'|'.join(CATEGORIES)}) \| P[123]\]\n"  # the tag: what it is about, and how urgent
    r"[A-Z][^\n]*[.!]\n"  # one sentence of sympathy
    r"1\. [^\n]+\n"
    r"2\. [^\n]+\n"
    r"The Larkdesk team"
)


@dataclass(frozen=True)
class Question:
    """A request that is in neither file, and the category a person would give it."""

    text: str
    category: str


@dataclass(frozen=True)
class HeldOut:
    """The system message that all rows share, and the questions."""

    system: str
    questions: tuple[Question, ...]


def load_held_out() -> HeldOut:
    """Read the questions that are asked before and after."""
    first_row = read_rows(TRAINING_FILE)[0]
    questions = tuple(Question(**fields) for fields in read_rows(_QUESTIONS_FILE))
    return HeldOut(system=first_row["messages"][0]["content"], questions=questions)


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Read a JSONL file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def category_of(answer: str) -> str | None:
    """The category in the answer's tag; None when the answer is not in house format."""
    match = _HOUSE_FORMAT.fullmatch(answer.strip())
    return match.group(1) if match else None
