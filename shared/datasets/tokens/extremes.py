"""The longest and the shortest of a file's rows, or answers, and which of them are outliers."""

# ruff: noqa: SLF001 - merged with others of its kind
from collections.abc import Sequence
from heapq import nlargest, nsmallest
from math import exp, log
from typing import NamedTuple

from shared.datasets.distribution import Distribution

LISTED = 20
_MIN_VALUES = 20
_SPREADS = 3.0
_ROUNDING = 1e-9


class Sized(NamedTuple):
    tokens: int
    line: int


class Bounds(NamedTuple):
    low: float
    high: float


class Extremes:
    """At most 20 of either kind, ties told by the smaller line."""

    def __init__(self) -> None:
        self._longest: list[Sized] = []
        self._shortest: list[Sized] = []

    def add(self, tokens: Sequence[int], lines: Sequence[int]) -> None:
        """Take note of values, each with its line."""
        if not tokens:
            return
        # Most batches of a long file have none, which costs two passes in C.
        least = self._longest[-1].tokens if len(self._longest) == LISTED else 0
        if max(tokens) >= least:
            self._keep_longest([Sized(*sized) for sized in zip(tokens, lines, strict=True) if sized[0] >= least])
        most = self._shortest[-1].tokens if len(self._shortest) == LISTED else max(tokens)
        if min(tokens) <= most:
            self._keep_shortest([Sized(*sized) for sized in zip(tokens, lines, strict=True) if sized[0] <= most])

    def merge(self, later: "Extremes", *, lines: int) -> None:
        """Add those of the stretch that follows after so many lines."""
        self._keep_longest([Sized(tokens, line + lines) for tokens, line in later._longest])
        self._keep_shortest([Sized(tokens, line + lines) for tokens, line in later._shortest])

    def outliers(self, bounds: Bounds) -> list[Sized]:
        """Those kept that lie outside, the furthest first."""
        outside = {sized for sized in self._shortest + self._longest if not bounds.low <= sized.tokens <= bounds.high}
        middle = log(bounds.low * bounds.high) / 2
        return sorted(outside, key=lambda sized: (-abs(log(max(1, sized.tokens)) - middle), sized.line))[:LISTED]

    def _keep_longest(self, more: list[Sized]) -> None:
        self._longest = nlargest(LISTED, self._longest + more, key=lambda sized: (sized.tokens, -sized.line))

    def _keep_shortest(self, more: list[Sized]) -> None:
        self._shortest = nsmallest(LISTED, self._shortest + more)


def find_bounds(values: Distribution) -> Bounds | None:
    """Three interquartile ranges of the logarithm beyond the quartiles; None for fewer than 20 values."""
    if values.count < _MIN_VALUES:
        return None
    first, third = (log(max(1.0, values.quantile(share))) for share in (0.25, 0.75))
    reach = _SPREADS * (third - first) + _ROUNDING
    return Bounds(exp(first - reach), exp(third + reach))
