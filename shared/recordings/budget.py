"""What answers cost and when to stop. Whole numbers: tokens, and millionths of a currency. Pure arithmetic."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

_MILLION = 1_000_000


@dataclass(frozen=True)
class Cost:
    tokens: int
    micros: int

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.tokens + other.tokens, self.micros + other.micros)


NOTHING = Cost(0, 0)


@dataclass(frozen=True)
class Price:
    """Money for a million tokens in and out."""

    input_per_million: Decimal
    output_per_million: Decimal
    currency: str = "USD"
    as_of: str | None = None
    source: str | None = None

    @classmethod
    def of(cls, kept: dict[str, Any]) -> "Price":
        """What `to_dict` made."""
        money = {name: Decimal(str(kept[name])) for name in ("input_per_million", "output_per_million")}
        return cls(**money, currency=kept["currency"], as_of=kept.get("as_of"), source=kept.get("source"))

    def to_dict(self) -> dict[str, Any]:
        return {
            "input_per_million": str(self.input_per_million),
            "output_per_million": str(self.output_per_million),
            "currency": self.currency,
            "as_of": self.as_of,
            "source": self.source,
        }


def cost_of(price: Price | None, *, prompt_tokens: int, completion_tokens: int) -> Cost:
    """Tokens and money of one answer, money rounded up; without a price it costs tokens alone."""
    if price is None:
        return Cost(prompt_tokens + completion_tokens, 0)
    # A price per million tokens is one in millionths per token.
    money = prompt_tokens * price.input_per_million + completion_tokens * price.output_per_million
    return Cost(prompt_tokens + completion_tokens, int(money.to_integral_value(ROUND_CEILING)))


@dataclass(frozen=True)
class Budget:
    """None sets no bound."""

    tokens: int | None
    micros: int | None

    def allows(self, cost: Cost) -> bool:
        return (self.tokens is None or cost.tokens <= self.tokens) and (
            self.micros is None or cost.micros <= self.micros
        )


def micros(amount: Decimal) -> int:
    """An amount of money in millionths."""
    return int((amount * _MILLION).to_integral_value())


def amount(in_micros: int) -> str:
    """Millionths as an amount people read, without needless zeros: `0.0123`."""
    text = f"{Decimal(in_micros) / _MILLION:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
