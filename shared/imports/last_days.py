"""When a tuned model stops: what the upstream says of it or of its base, else the dated table last_days.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Any

from shared.datasets.tokens.models import get_token_model


@dataclass(frozen=True)
class LastDay:
    day: date
    source: str
    "`upstream` for what the upstream told, else which notice says so."

    def days_left(self, today: date) -> int:
        """Negative once it is over."""
        return (self.day - today).days


def last_day_of(model: str, base: str, *, told: Mapping[str, str | None]) -> LastDay | None:
    """None where nobody has named a day. `told` is the upstream's list: model to `YYYY-MM-DD` or None."""
    for name in (model, base):
        day = _parsed(told.get(name))
        if day is not None:
            return LastDay(day, "upstream")
    return _from_table(base)


def last_day_of_training() -> LastDay:
    """After which OpenAI takes no new fine-tuning jobs."""
    entry = _table()["training"]
    return LastDay(entry["last_day"], entry["source"])


def _from_table(base: str) -> LastDay | None:
    """An entry with a date in its name is about that snapshot, one without about every snapshot of its family."""
    wanted = get_token_model(base)
    for notice in _table()["notices"]:
        if wanted.name in notice["models"] or wanted.family in notice["models"]:
            return LastDay(notice["last_day"], notice["source"])
    return None


def _parsed(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


@lru_cache
def _table() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("last_days.toml").read_text(encoding="utf-8"))
