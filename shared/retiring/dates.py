"""The day a model is shut down: as its provider tells it, else from the dated table shutdowns.toml beside this file."""

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from importlib import resources

_TUNED = "ft"


def shutdown_date(kind: str, model: str, told: Mapping[str, str | None]) -> date | None:
    """When `model` of a provider of this kind goes away; None where nobody says.

    `told` is the provider's own list. A tuned model without a date of its own goes with its base.
    """
    for name in _names_of(model):
        if told.get(name):
            return date.fromisoformat(str(told[name]))
    return next((known for name in _names_of(model) if (known := _table().get((kind, name))) is not None), None)


def _names_of(model: str) -> list[str]:
    """The name, then that of its base: `ft:gpt-4o-2024-08-06:acme::abc` and Azure's `gpt-4o-2024-08-06.ft-abc`."""
    parts = model.split(":")
    if parts[0] == _TUNED and len(parts) > 1:
        return [model, parts[1]]
    base, separator, _ = model.partition(".ft-")
    return [model, base] if separator else [model]


@lru_cache(maxsize=1)
def _table() -> dict[tuple[str, str], date]:
    """By kind of provider and model. Raises what tomllib raises for a damaged table."""
    text = resources.files("shared.retiring").joinpath("shutdowns.toml").read_text(encoding="utf-8")
    return {
        (entry["kind"], model): entry["shutdown_date"]
        for entry in tomllib.loads(text)["lists"]
        for model in entry["models"]
    }
