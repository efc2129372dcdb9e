"""The last day of a model and of training: as its provider tells it, else from the dated table shutdowns.toml beside
this file, the one place where such days are written down.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Any

from shared.datasets.tokens.models import base_name, get_token_model

TOLD = "upstream"
"The source of a day that the provider's own list told."


@dataclass(frozen=True)
class LastDay:
    day: date
    source: str
    "`upstream` for what the provider told, else which notice says so."

    def days_left(self, today: date) -> int:
        """Negative once it is over."""
        return (self.day - today).days


def last_day_of(kind: str, model: str, told: Mapping[str, str | None], *, base: str | None = None) -> LastDay | None:
    """When `model` of a provider of this kind goes away; None where nobody says.

    `told` is the provider's own list: model to `YYYY-MM-DD` or None. A tuned model without a date of its own goes with
    its base, which is read from its name where none is given.
    """
    base = base or base_name(model)
    for name in (model, base):
        day = _parsed(told.get(name))
        if day is not None:
            return LastDay(day, TOLD)
    return _from_table(kind, base)


def last_day_of_training(kind: str, model: str | None = None) -> LastDay | None:
    """After which a provider of this kind takes no new jobs, for `model` or for anybody; None where no day is known."""
    ends = [LastDay(entry["last_day"], entry["source"]) for entry in _table()["training"] if entry["kind"] == kind]
    shut = _from_table(kind, model) if model is not None else None
    return min([*ends, *([shut] if shut is not None else [])], key=lambda last: last.day, default=None)


def _from_table(kind: str, model: str) -> LastDay | None:
    """An entry with a date in its name is about that snapshot, one without about every snapshot of its family."""
    wanted = get_token_model(model)
    for entry in _table()["lists"]:
        if entry["kind"] == kind and (wanted.name in entry["models"] or wanted.family in entry["models"]):
            return LastDay(entry["shutdown_date"], entry["source"])
    return None


def _parsed(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    """Raises what tomllib raises for a damaged table."""
    return tomllib.loads(resources.files(__package__).joinpath("shutdowns.toml").read_text(encoding="utf-8"))
