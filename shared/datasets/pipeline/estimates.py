"""Answers that estimated the tokens of an engine model because its tokenizer was not there, and now it is.

A tokenizer turns up when the base model is prepared: by a training, by a check on a machine that can, by the operator.
That changes no row, so it is looked for when an answer is asked for.
"""

from pathlib import Path

from sqlmodel import Session

from shared import clock
from shared.datasets.pipeline import repository
from shared.datasets.pipeline.tables import CheckState, DatasetCheck
from shared.datasets.tokens.models import base_name
from shared.datasets.tokens.planning import plan_training
from shared.settings import Settings

_found_at: dict[Path, int] = {}
"""When this process first missed a tokenizer in an answer and found it on its disk, in seconds since the epoch."""


def is_outdated(check: DatasetCheck, settings: Settings) -> bool:
    """Whether tokens would be counted now that were estimated when the check was made.

    Texts that a moderation has judged are not sent out again for that. An answer made since then is taken as it is: it
    may come from a machine that does not have what this one has, and would come out the same for ever.
    """
    if check.state != CheckState.SUCCEEDED or not _was_estimated(check, settings):
        return False
    folder = plan_training(check.model or "", settings=settings).tokens.engine_folder
    return folder is not None and check.created_at < _found_at.setdefault(folder, clock.now_seconds())


def forget_answer(session: Session, check: DatasetCheck) -> None:
    """Make room for a better answer to the same question. What the old one keeps in the store goes with the strays."""
    repository.forget_check(session, check.project_id, check.id)


def _was_estimated(check: DatasetCheck, settings: Settings) -> bool:
    if check.model is None or check.moderation is not None or base_name(check.model) not in settings.base_models:
        return False
    tokens = (check.report or {}).get("facts", {}).get("tokens")
    # Whoever counts by a model's own tokenizer names the model as such.
    return tokens is not None and tokens["tokenizer"] != tokens["model"]
