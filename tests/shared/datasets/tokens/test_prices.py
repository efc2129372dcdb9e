"""What training costs."""

from datetime import date
from decimal import Decimal

import pytest

from shared.datasets.tokens.prices import BilledTokens, find_price
from shared.engine.hyperparameters import cookbook_epochs


class TestPrice:
    def test_comes_to_the_published_cost(self) -> None:
        """100,000 tokens over three epochs at 8 dollars a million cost 2.40 dollars."""
        price = find_price("gpt-3.5-turbo-0125", "supervised")

        assert price is not None
        assert price.currency == "USD"
        assert BilledTokens(low=300_000, high=300_000).cost(price) == (Decimal("2.40"), Decimal("2.40"))

    @pytest.mark.parametrize(
        ("model", "method", "per_million_tokens"),
        [
            ("gpt-4.1-2025-04-14", "supervised", "25"),
            ("gpt-4.1-mini-2025-04-14", "dpo", "5"),
            ("gpt-4.1-nano-2025-04-14", "supervised", "1.5"),
            ("gpt-4o-2024-08-06", "dpo", "25"),
            ("gpt-4o-mini", "supervised", "3"),
            ("ft:gpt-4o-mini-2024-07-18:acme::A1b2", "supervised", "3"),
            ("gpt-3.5-turbo-1106", "supervised", "8"),
            ("davinci-002", "supervised", "6"),
            ("babbage-002", "supervised", "0.4"),
        ],
    )
    def test_is_that_of_the_table(self, model: str, method: str, per_million_tokens: str) -> None:
        """Snapshots, aliases and tuned models are found, each with the price of its base."""
        price = find_price(model, method)

        assert price is not None
        assert price.per_million_tokens == Decimal(per_million_tokens)

    @pytest.mark.parametrize(
        ("model", "method"),
        [
            ("gpt-3.5-turbo-0125", "dpo"),
            ("o4-mini-2025-04-16", "reinforcement"),
            ("gpt-4o-2024-05-13", "supervised"),
            ("smollm2-135m-instruct", "supervised"),
            ("", "supervised"),
        ],
    )
    def test_is_unknown_where_the_table_is_silent(self, model: str, method: str) -> None:
        """Other methods, other snapshots and other models have no price rather than a guess."""
        assert find_price(model, method) is None

    def test_says_when_and_where_it_was_read(self) -> None:
        """Every price carries its day and its source."""
        price = find_price("gpt-4o-mini-2024-07-18", "supervised")

        assert price is not None
        assert price.as_of >= date(2026, 5, 7)
        assert price.source.startswith("https://")


class TestEpochs:
    @pytest.mark.parametrize(
        ("n_examples", "n_epochs"),
        [
            (4, 25),
            (5, 20),
            (10, 10),
            (20, 5),
            (33, 3),
            (34, 3),
            (8333, 3),
            (8334, 2),
            (12_500, 2),
            (12_501, 1),
            (50_000, 1),
        ],
    )
    def test_of_auto_follow_the_cookbook(self, n_examples: int, n_epochs: int) -> None:
        """What is billed under `auto` is three epochs, more for few rows and fewer for many."""
        assert cookbook_epochs(n_examples) == n_epochs
