"""A row on its way to a count: texts still to be tokenized, and between them tokens known beforehand.

Counting is cheapest in large batches, so walking through rows and counting their texts are two steps; the outline
is what the first leaves for the second. Knows no tokenizer.
"""

from collections.abc import Sequence

from shared.datasets.tokens.row_tokens import Estimate, RowTokens, Span


class Outline:
    """One row in reading order. Its texts go to the end of `texts`, which the rows of a batch share."""

    __slots__ = ("_known_tokens", "_stretches", "_texts", "estimate")

    def __init__(self, texts: list[str]) -> None:
        self.estimate = Estimate.NONE
        self._texts = texts
        self._known_tokens = 0
        self._stretches: list[tuple[int, int, bool]] = [(0, len(texts), False)]
        """Known tokens so far, place behind the last text so far, whether the stretch is learned."""

    def add_text(self, text: str, what: str = "text") -> None:  # noqa: ARG002 - of use to a recorder
        """A text to be counted, and whether it is a `text` or the name of a `role`."""
        self._texts.append(text)

    def add_tokens(self, n_tokens: int, what: str = "mark") -> None:  # noqa: ARG002 - of use to a recorder
        """Tokens known beforehand, and what they stand for: a `mark` around texts, `tools` or an `image`."""
        self._known_tokens += n_tokens

    def end_stretch(self, *, is_trained: bool) -> None:
        """All that was added since the last stretch ended is learned, or is not."""
        self._stretches.append((self._known_tokens, len(self._texts), is_trained))

    def measure(self, totals: Sequence[int]) -> RowTokens:
        """The row's tokens, given the running totals of the batch's texts: `totals[i]` is that of the first i."""
        offset = totals[self._stretches[0][1]]
        start = 0
        spans: list[Span] = []
        for known_tokens, place, is_trained in self._stretches:
            end = known_tokens + totals[place] - offset
            if is_trained and end > start:
                spans.append((start, end))
            start = end
        return RowTokens(start, tuple(spans), self.estimate)
