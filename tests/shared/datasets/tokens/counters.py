"""A counter whose arithmetic can be done in the head, and real ones by model."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from shared.datasets.tokens.counting import RowCounter
from shared.datasets.tokens.models import get_token_model
from shared.datasets.tokens.row_tokens import RowTokens

MODEL = "gpt-4o-2024-08-06"


class WordCounter:
    """One token for each word."""

    def count(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]


def count(row: dict[str, Any], *, model: str = MODEL) -> RowTokens:
    """The row's real tokens."""
    return RowCounter(get_token_model(model)).count([row])[0]


def count_words(*messages: Any, **keys: Any) -> RowTokens:
    """Tokens of a row in which every word, every role included, is one."""
    return count_words_of({"messages": list(messages), **keys})


def count_words_of(row: dict[str, Any], *, takes_images: bool = True) -> RowTokens:
    """The same, of a row as it is."""
    model = get_token_model(MODEL)
    model = model if takes_images else replace(model, images=None)
    return RowCounter(model, texts=WordCounter()).count([row])[0]
