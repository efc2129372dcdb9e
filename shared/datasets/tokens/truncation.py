"""What a model's limit takes from a row. Rows are cut at the end, so it is the answers that suffer."""

from dataclasses import dataclass

from shared.datasets.tokens.row_tokens import RowTokens


@dataclass(frozen=True, slots=True)
class Cut:
    """A row before and after truncation."""

    total: int
    kept: int
    """Tokens that are trained on and billed."""
    trained: int
    trained_kept: int

    @property
    def lost(self) -> int:
        return self.total - self.kept

    @property
    def codes(self) -> tuple[str, ...]:
        """The findings, mildest first; empty for a row that fits."""
        if not self.lost:
            return ()
        if self.trained_kept == self.trained:
            return ("example_over_token_limit",)
        answer = "example_answer_partly_truncated" if self.trained_kept else "example_answer_truncated"
        return "example_over_token_limit", answer


def cut(row: RowTokens, limit_tokens: int | None) -> Cut:
    """`row` within `limit_tokens`; None is no limit."""
    trained = row.trained
    if limit_tokens is None or row.total <= limit_tokens:
        return Cut(row.total, row.total, trained, trained)
    return Cut(row.total, limit_tokens, trained, row.trained_within(limit_tokens))
