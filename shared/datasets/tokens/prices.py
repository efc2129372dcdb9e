"""What training costs, from the dated table prices.toml beside this file. A model without an entry has no price."""

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from typing import Any

from shared.datasets.tokens.models import get_token_model
from shared.retiring.dates import last_day_of_training


@dataclass(frozen=True)
class Price:
    model: str
    methods: frozenset[str]
    per_million_tokens: Decimal
    currency: str
    as_of: date
    source: str
    training_ends: date | None = None
    "When the provider stops taking training jobs for this model."

    def cost(self, billed_tokens: int) -> Decimal:
        """Money, in `currency`, for tokens times epochs."""
        return billed_tokens * self.per_million_tokens / 1_000_000

    def tell_end(self, today: date) -> str | None:
        """A sentence on when training ends or ended, if that is known."""
        if self.training_ends is None:
            return None
        verb = "ends" if self.training_ends > today else "ended"
        return f"Training of this model {verb} at the provider on {self.training_ends}."


@dataclass(frozen=True)
class BilledTokens:
    """Tokens that a job will be billed for; `low` and `high` differ where the provider does not say how it counts."""

    low: int
    high: int

    def cost(self, price: Price) -> tuple[Decimal, Decimal]:
        """The least and the most it may come to."""
        return price.cost(self.low), price.cost(self.high)


def find_price(model: str, method: str) -> Price | None:
    """The latest known price of training `model` by `method`; None where none is known.

    A name without a date stands for its snapshots, and a price without one holds for all of them.
    """
    wanted = get_token_model(model)
    for price in _prices():
        priced = get_token_model(price.model)
        is_same = priced.name == wanted.name or (
            priced.family == wanted.family and priced.family in {priced.name, wanted.name}
        )
        if is_same and method in price.methods:
            return price
    return None


@lru_cache
def _prices() -> tuple[Price, ...]:
    """Every entry, latest list first."""
    text = resources.files(__package__).joinpath("prices.toml").read_text(encoding="utf-8")
    lists = sorted(tomllib.loads(text, parse_float=Decimal)["lists"], key=lambda entry: entry["as_of"], reverse=True)
    return tuple(_price(entry, within=prices) for prices in lists for entry in prices["prices"])


def _price(entry: dict[str, Any], *, within: dict[str, Any]) -> Price:
    ends = last_day_of_training(within["provider"], entry["model"])
    return Price(
        model=entry["model"],
        methods=frozenset(entry["methods"]),
        per_million_tokens=Decimal(entry["per_million_tokens"]),
        currency=within["currency"],
        as_of=within["as_of"],
        source=within["source"],
        training_ends=None if ends is None else ends.day,
    )
