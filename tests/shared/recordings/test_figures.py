"""Costs and agreement: figures that can be checked by hand."""

from decimal import Decimal

from shared.datasets.tokens.inference_prices import find_inference_price
from shared.recordings.agreement import Pair, agreement, normalised
from shared.recordings.budget import Budget, Cost, Price, amount, cost_of, micros
from shared.recordings.estimate import most_prompt_tokens


class TestCosts:
    def test_by_hand(self) -> None:
        """1,000 tokens in and 200 out at 0.30 and 1.20 a million cost 0.00054."""
        price = Price(Decimal("0.30"), Decimal("1.20"))

        cost = cost_of(price, prompt_tokens=1000, completion_tokens=200)

        assert (cost, amount(cost.micros)) == (Cost(1200, 540), "0.00054")

    def test_rounding(self) -> None:
        """Money is rounded up: a budget is never passed by parts of a millionth."""
        assert cost_of(Price(Decimal("0.30"), Decimal(0)), prompt_tokens=1, completion_tokens=0).micros == 1

    def test_budget(self) -> None:
        """A budget allows what stays within both bounds."""
        budget = Budget(tokens=100, micros=micros(Decimal("0.5")))

        assert [budget.allows(Cost(*cost)) for cost in ((100, 500_000), (101, 0), (0, 500_001))] == [True, False, False]

    def test_price_table(self) -> None:
        """A tuned model has the price of its base; an unknown one has none."""
        known = find_inference_price("ft:gpt-4o-mini-2024-07-18:acme::abc")

        assert known is not None
        assert (known.input_per_million, known.output_per_million) == (Decimal("0.30"), Decimal("1.20"))
        assert find_inference_price("tiny") is None

    def test_unknown_tokenizer(self) -> None:
        """A prompt for a model of no known family holds back as many tokens as it has bytes."""
        request = {"messages": [{"role": "user", "content": "é"}]}

        assert most_prompt_tokens("tiny", [request]) == [
            len('{"messages": [{"role": "user", "content": "é"}]}'.encode())
        ]


class TestAgreement:
    def test_by_hand(self) -> None:
        """Of three pairs one is the same, one the same but for case and a full stop, one another."""
        pairs = [Pair("a", "Red", "Red", "red"), Pair("b", "Red.", "red", "blue"), Pair("c", "Red", "Green!", None)]

        figures = agreement(pairs)

        assert (figures["n"], figures["exact"], figures["normalised"]) == (3, 0.3333, 0.6667)
        assert (figures["n_with_reference"], figures["old_matches_reference"]) == (2, 0.5)
        assert figures["median_length_ratio"] == 1.0

    def test_nothing(self) -> None:
        """Without pairs there is no share."""
        assert agreement([])["exact"] is None

    def test_normalised(self) -> None:
        """Case, width, space and punctuation at the ends do not count; within a text they do."""
        assert normalised("  \uff32\uff25\uff24,  and blue!\n") == "red, and blue"
