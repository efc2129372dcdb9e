"""How a number is spread over the rows of a file, in memory that does not grow with them.

Count, sum, least and most are exact. Values from 2,048 on are kept to eleven binary digits, so that a quantile among
them is low by less than a thousandth; below it is exact. Refuses to know what is counted.
"""

# ruff: noqa: SLF001 - distributions are merged with each other
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

_EXACT_BELOW = 2048
_KEPT_BITS = 11
_BINS = 20
_LONG_TAIL = 10
"""Times the median: a longest value beyond it is charted in steps of 1, 2, 5, 10, which show both ends."""


class Distribution:
    def __init__(self) -> None:
        self.count = 0
        self.sum = 0
        self.min = 0
        self.max = 0
        self._counts: Counter[int] = Counter()

    def add(self, values: Sequence[int]) -> None:
        """Take note of values from 0 on; many at once are cheapest."""
        if not values:
            return
        most = max(values)
        self._widen(min(values), most)
        self.count += len(values)
        self.sum += sum(values)
        self._counts.update(values if most < _EXACT_BELOW else map(_rounded, values))

    def add_times(self, value: int, times: int) -> None:
        """Take note of one value that came so many times."""
        self._widen(value, value)
        self.count += times
        self.sum += value * times
        self._counts[_rounded(value)] += times

    def merge(self, other: "Distribution") -> None:
        if not other.count:
            return
        self._widen(other.min, other.max)
        self.count += other.count
        self.sum += other.sum
        self._counts.update(other._counts)

    @property
    def mean(self) -> float:
        return self.sum / self.count if self.count else 0.0

    def quantile(self, share: float) -> float:
        """The value below which `share` of the values lie, between two neighbours in proportion (as numpy does)."""
        if not self.count:
            return 0.0
        place = share * (self.count - 1)
        values = sorted(self._counts)
        ends = list(accumulate(self._counts[value] for value in values))
        low = values[bisect_right(ends, int(place))]
        high = values[min(bisect_right(ends, min(int(place) + 1, self.count - 1)), len(values) - 1)]
        return min(max(low + (high - low) * (place - int(place)), self.min), self.max)

    def count_outside(self, low: float, high: float) -> int:
        """Values below `low` or above `high`."""
        return sum(count for value, count in self._counts.items() if value < low or value > high)

    def to_dict(self) -> dict[str, Any]:
        """`{min, median, mean, p95, max}`, all 0 when nothing was counted."""
        return {
            "min": self.min,
            "median": round(self.quantile(0.5), 1),
            "mean": round(self.mean, 1),
            "p95": round(self.quantile(0.95), 1),
            "max": self.max,
        }

    def histogram(self) -> list[dict[str, int]]:
        """Bars for a chart, `{from, to, count}` with `to` belonging to the next bar: round limits, about twenty."""
        if not self.count:
            return []
        edges = list(self._edges())
        bars = [0] * (len(edges) - 1)
        for value, count in self._counts.items():
            bars[bisect_right(edges, value) - 1] += count
        return [
            {"from": start, "to": end, "count": count}
            for start, end, count in zip(edges, edges[1:], bars, strict=False)
        ]

    def _widen(self, least: int, most: int) -> None:
        self.min = min(self.min, least) if self.count else least
        self.max = max(self.max, most)

    def _edges(self) -> Iterator[int]:
        start, last = _rounded(self.min), _rounded(self.max)
        if last > _LONG_TAIL * max(1.0, self.quantile(0.5)):
            steps = [0, *_round_numbers(last)]
            first = max(0, bisect_right(steps, start) - 1)
            yield from steps[first:]
            return
        width = next(number for number in _round_numbers(last) if number * _BINS > last - start)
        first = start // width * width
        yield from range(first, last + width + 1, width)


def _rounded(value: int) -> int:
    shift = value.bit_length() - _KEPT_BITS
    return value >> shift << shift if shift > 0 else value


def _round_numbers(most: int) -> list[int]:
    """1, 2, 5, 10, 20 and so on, until one is more than `most`."""
    numbers = [1]
    while numbers[-1] <= most:
        numbers.append(numbers[-1] * 5 // 2 if str(numbers[-1]).startswith("2") else numbers[-1] * 2)
    return numbers
