"""Tokens of preference rows."""

from typing import Any

from shared.datasets.tokens.counting import RowCounter
from shared.datasets.tokens.models import get_token_model
from shared.datasets.tokens.preferences import PreferenceTokens, count_preferences
from tests.shared.datasets.tokens.counters import MODEL, WordCounter
from tests.shared.datasets.tokens.goldens import say

_ROW = {
    "input": {"messages": [say("user", "one two"), say("assistant", "three"), say("user", "four")]},
    "preferred_output": [say("assistant", "five five five five five")],
    "non_preferred_output": [say("assistant", "six")],
}
_PROMPT = 3 + 3 * 4 + 4


def count_words(row: dict[str, Any]) -> PreferenceTokens:
    return count_preferences(RowCounter(get_token_model(MODEL), texts=WordCounter()), [row])[0]


class TestPreferences:
    def test_count_each_answer_behind_the_prompt(self) -> None:
        """Both answers are counted with the prompt before them."""
        counted = count_words(_ROW)

        assert counted.prompt == _PROMPT
        assert counted.preferred.total == _PROMPT + 4 + 5
        assert counted.non_preferred.total == _PROMPT + 4 + 1

    def test_learn_nothing_of_the_prompt(self) -> None:
        """An earlier assistant message in the prompt is not learned."""
        counted = count_words(_ROW)

        assert (counted.preferred.trained, counted.non_preferred.trained) == (5, 1)

    def test_are_billed_within_a_range(self) -> None:
        """The prompt is billed once or twice, which the provider does not say."""
        counted = count_words(_ROW)

        assert (counted.billed_low, counted.billed_high) == (_PROMPT + 9 + 5, 2 * _PROMPT + 9 + 5)

    def test_damaged_rows_raise_nothing(self) -> None:
        """A row without its fields counts as empty."""
        assert count_words({"input": 7, "preferred_output": "no"}).preferred.total == 3
