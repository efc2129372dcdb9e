"""What is asked about a file. Two questions that are the same have one answer, which is kept."""

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from shared.datasets.checks.context import Context
from shared.datasets.checks.graders import fields_read_by
from shared.datasets.depths import Depth
from shared.datasets.limits import LIMITS, Limits
from shared.datasets.pipeline.tables import DatasetCheck
from shared.datasets.tokens.planning import ENGINE, is_engine_model
from shared.settings import Settings

HOSTED_TARGET = "openai"


@dataclass(frozen=True)
class Question:
    """`model` None asks for structure alone, as at upload; else all is asked that `method` and `target` need."""

    validation_file: str | None = None
    model: str | None = None
    method: str | None = None
    target: str | None = None
    evaluation_files: tuple[str, ...] = ()
    "Sorted, since their order is no part of the question. What the training file has of them is told."
    grader: dict[str, Any] | None = None
    groups: dict[str, list[str]] | None = None
    "Terms by which prompts speak of groups of people: do labels differ by them?"
    moderation: str | None = None
    "Id of the connection whose moderation judges the rows."

    @property
    def digest(self) -> str:
        asked: list[Any] = [self.validation_file, self.model, self.method, self.target, self.item_fields]
        files = self.evaluation_files
        rest = [list(files) if len(files) > 1 else next(iter(files), None), self.grader, self.groups]
        rest += [] if self.moderation is None else [self.moderation]
        # Whoever asks for none or one of these has the answer that was kept before more could be asked for.
        asked += rest if rest != [None, None, None] else []
        return hashlib.sha256(msgspec.json.encode(asked)).hexdigest()

    @property
    def item_fields(self) -> tuple[str, ...]:
        """The fields of rows that the grader reads."""
        return () if self.grader is None else tuple(sorted(fields_read_by(self.grader)))

    @property
    def depth(self) -> Depth:
        return Depth.STRUCTURE if self.model is None else Depth.DATASET

    def make_context(self, *, is_validation: bool, min_examples: int) -> Context:
        """What the checks of rows have to know; `min_examples` is the least that the engine is set to take."""
        limits = LIMITS.get(self.target or "", Limits())
        if self.target == ENGINE:
            limits = replace(limits, min_examples=min_examples)
        return Context(method=self.method, item_fields=self.item_fields, is_validation=is_validation, limits=limits)


AT_UPLOAD = Question()


def question_of(check: DatasetCheck) -> Question:
    return Question(
        validation_file=check.validation_file,
        model=check.model,
        method=check.method,
        target=check.target,
        evaluation_files=tuple(check.evaluation_files or ()),
        grader=check.grader,
        groups=check.groups,
        moderation=check.moderation,
    )


def target_of(model: str, settings: Settings) -> str:
    """Who trains `model`: our engine if it is one of its bases or was tuned from one, else the model's maker."""
    return ENGINE if is_engine_model(model, settings) else HOSTED_TARGET
