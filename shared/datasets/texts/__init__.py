"""What texts say and which characters they are made of; one module for each family of checks, and their registry."""

from shared.datasets.texts import (
    answers,
    characters,
    declining,
    encodings,
    markup,
    personal,
    placeholders,
    secrets,
)
from shared.datasets.texts.kinds import TextCheck

__all__ = ["CHECKS"]

CHECKS: tuple[TextCheck, ...] = (
    characters.CHECK,
    encodings.CHECK,
    markup.TOKENS,
    markup.HTML,
    secrets.CHECK,
    personal.CHECK,
    placeholders.CHECK,
    declining.REFUSALS,
    declining.PHRASES,
    answers.CHECK,
)
