"""What counting found out about one row: how long it is, which stretches are learned, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Flag, auto
from itertools import groupby

Span = tuple[int, int]
"""First token and the token after the last, from 0."""


class Estimate(Flag):
    """Why a count is an estimate; empty for an exact one."""

    NONE = 0
    MODEL = auto()
    "The model is unknown; the encoding is a guess."
    TOOLS = auto()
    "Tools, calls and their answers: how the service writes them is not published, only measured."
    IMAGES = auto()
    "An image whose size, or whose rule, is not known."
    PARTS = auto()
    "Content of a kind that cannot be counted, such as audio; it counts nothing."


@dataclass(frozen=True, slots=True)
class RowTokens:
    total: int
    trained_spans: tuple[Span, ...]
    """In order, apart from one another."""
    estimate: Estimate = Estimate.NONE

    @classmethod
    def from_mask(cls, trained: Sequence[bool]) -> "RowTokens":
        """Counts of a row that was rendered token by token."""
        spans: list[Span] = []
        place = 0
        for is_trained, run in groupby(trained):
            end = place + sum(1 for _ in run)
            if is_trained:
                spans.append((place, end))
            place = end
        return cls(place, tuple(spans))

    @property
    def trained(self) -> int:
        """Tokens the model learns from."""
        return sum(end - start for start, end in self.trained_spans)

    def trained_within(self, limit_tokens: int) -> int:
        """Tokens the model learns from among the first `limit_tokens`."""
        return sum(max(0, min(end, limit_tokens) - start) for start, end in self.trained_spans)
