"""What a limit takes from rows, and from their answers."""

import pytest

from shared.datasets.tokens.row_tokens import RowTokens
from shared.datasets.tokens.truncation import Cut, cut
from tests.shared.datasets.tokens.counters import count_words
from tests.shared.datasets.tokens.goldens import say

_ROW = RowTokens(100, ((20, 30), (60, 100)))
"""Two answers, of 10 and 40 tokens."""


class TestCut:
    @pytest.mark.parametrize("limit_tokens", [None, 100, 65_536])
    def test_leaves_a_row_that_fits(self, limit_tokens: int | None) -> None:
        """Up to the limit, and without one, a row is whole and there is nothing to report."""
        kept = cut(_ROW, limit_tokens)

        assert kept == Cut(total=100, kept=100, trained=50, trained_kept=50)
        assert kept.codes == ()

    def test_takes_the_end_of_the_last_answer(self) -> None:
        """One token over the limit is one token lost of the last answer."""
        kept = cut(_ROW, 99)

        assert (kept.lost, kept.trained_kept) == (1, 49)
        assert kept.codes == ("example_over_token_limit", "example_answer_partly_truncated")

    def test_takes_whole_answers(self) -> None:
        """A cut before the last answer leaves what the earlier ones teach."""
        assert cut(_ROW, 50).trained_kept == 10
        assert cut(_ROW, 25).trained_kept == 5

    def test_that_leaves_nothing_to_learn_is_told_apart(self) -> None:
        """A row that loses all its answers is an error of its own."""
        kept = cut(_ROW, 20)

        assert kept.trained_kept == 0
        assert kept.codes == ("example_over_token_limit", "example_answer_truncated")

    def test_behind_the_last_answer_costs_no_answer(self) -> None:
        """A row whose end is a question loses no answer to a cut in that question."""
        assert cut(RowTokens(100, ((20, 30),)), 80).codes == ("example_over_token_limit",)

    def test_of_a_row_without_answers_blames_none(self) -> None:
        """A row that taught nothing before the cut is only too long."""
        assert cut(RowTokens(100, ()), 80).codes == ("example_over_token_limit",)

    def test_counts_the_tokens_of_a_real_row(self) -> None:
        """The last words of the answer are the first to go."""
        row = count_words(say("user", "one two three"), say("assistant", "four five six"))

        assert cut(row, row.total - 2).trained_kept == 1


class TestMask:
    def test_becomes_spans(self) -> None:
        """A loss mask is counted as the stretches in which it is set."""
        counted = RowTokens.from_mask([False, True, True, False, True])

        assert counted == RowTokens(5, ((1, 3), (4, 5)))
        assert RowTokens.from_mask([]) == RowTokens(0, ())
