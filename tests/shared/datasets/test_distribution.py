"""How numbers are spread, told in bounded memory."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.datasets.distribution import Distribution

NUMBERS = st.lists(st.integers(0, 5_000_000), min_size=1, max_size=60)


def spread(values: list[int]) -> Distribution:
    distribution = Distribution()
    distribution.add(values)
    return distribution


class TestDistribution:
    @given(NUMBERS)
    def test_agrees_with_numpy(self, values: list[int]) -> None:
        """Least, most and mean are exact; quantiles are numpy's, low by less than a thousandth."""
        told = spread(values).to_dict()

        assert (told["min"], told["max"]) == (min(values), max(values))
        assert told["mean"] == pytest.approx(np.mean(values), abs=0.0501)
        assert told["median"] == pytest.approx(np.quantile(values, 0.5), rel=1e-3, abs=0.0501)
        assert told["p95"] == pytest.approx(np.quantile(values, 0.95), rel=1e-3, abs=0.0501)

    @given(NUMBERS, NUMBERS)
    def test_merges_into_that_of_all(self, first: list[int], second: list[int]) -> None:
        """Two parts merged are the whole, whichever way the numbers came."""
        merged, singly = spread(first), Distribution()
        merged.merge(spread(second))
        for value in second + first:
            singly.add_times(value, 1)

        whole = spread(first + second)
        assert merged.to_dict() == singly.to_dict() == whole.to_dict()
        assert merged.histogram() == singly.histogram() == whole.histogram()

    @given(NUMBERS)
    def test_charts_every_value(self, values: list[int]) -> None:
        """The bars join each other, are no more than a chart has room for, and hold every value once."""
        bars = spread(values).histogram()

        assert sum(bar["count"] for bar in bars) == len(values)
        assert all(bar["to"] == after["from"] for bar, after in pairwise(bars))
        assert 1 <= len(bars) <= 22

    def test_stays_small(self) -> None:
        """A million different values are held as some thousands."""
        distribution = spread(list(range(1_000_000)))

        assert len(distribution._counts) < 12_000

    def test_of_nothing_is_zero(self) -> None:
        """A file without rows has numbers, and no bars."""
        assert set(Distribution().to_dict().values()) == {0}
        assert Distribution().histogram() == []
