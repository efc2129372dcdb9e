"""Tokens of preference rows: one prompt with a preferred and a non-preferred answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.datasets.tokens.counting import Batch, Row, RowCounter
from shared.datasets.tokens.row_tokens import RowTokens


@dataclass(frozen=True, slots=True)
class PreferenceTokens:
    """Each answer is counted behind the prompt, as it is trained."""

    prompt: int
    preferred: RowTokens
    non_preferred: RowTokens

    @property
    def billed_low(self) -> int:
        """Prompt and both answers. What OpenAI bills is not published; it lies between this and `billed_high`."""
        return self.billed_high - self.prompt

    @property
    def billed_high(self) -> int:
        """The prompt with each answer."""
        return self.preferred.total + self.non_preferred.total


def count_preferences(counter: RowCounter, rows: Iterable[Row]) -> list[PreferenceTokens]:
    """Tokens of rows with `input`, `preferred_output` and `non_preferred_output`."""
    batch = Batch(counter)
    for row in rows:
        prompt = prompt if isinstance(prompt := row.get("input"), Mapping) else {}
        batch.add(prompt)
        batch.add_continuation(prompt, row.get("preferred_output"))
        batch.add_continuation(prompt, row.get("non_preferred_output"))
    measured = batch.measure()
    return [
        PreferenceTokens(prompt.total, preferred, rejected)
        for prompt, preferred, rejected in zip(measured[::3], measured[1::3], measured[2::3], strict=True)
    ]
