"""What answers of tuned models cost, from the dated table inference_prices.toml. Others have no price."""

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from importlib import resources

from shared.datasets.tokens.models import get_token_model


@dataclass(frozen=True)
class InferencePrice:
    """Money for a million tokens in and out, without discounts for cached input."""

    model: str
    input_per_million: Decimal
    output_per_million: Decimal
    currency: str
    as_of: date
    source: str


def find_inference_price(model: str) -> InferencePrice | None:
    """The latest known price of a model tuned from the base of `model`; None where none is known."""
    wanted = get_token_model(model)
    for price in _prices():
        priced = get_token_model(price.model)
        if priced.name == wanted.name or (priced.family == wanted.family and wanted.name == wanted.family):
            return price
    return None


@lru_cache
def _prices() -> tuple[InferencePrice, ...]:
    """Every entry, latest list first."""
    text = resources.files(__package__).joinpath("inference_prices.toml").read_text(encoding="utf-8")
    lists = sorted(tomllib.loads(text, parse_float=Decimal)["lists"], key=lambda entry: entry["as_of"], reverse=True)
    return tuple(
        InferencePrice(**entry, currency=table["currency"], as_of=table["as_of"], source=table["source"])
        for table in lists
        for entry in table["prices"]
    )
