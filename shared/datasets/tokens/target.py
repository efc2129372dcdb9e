"""For which model the tokens of a file are counted, and how: a hosted model by its name, an engine model by its folder.

A target is a plain value, so that it travels to the processes that count.
"""

from dataclasses import dataclass
from pathlib import Path

from shared.datasets.tokens.models import get_token_model


@dataclass(frozen=True)
class TokenTarget:
    model: str
    limit_tokens: int | None
    "Longer rows are cut at the end; None where no limit is known."
    is_engine: bool = False
    engine_folder: Path | None = None
    "The prepared folder of an engine model; None while there is none, and tokens can only be estimated."

    @property
    def tokenizer(self) -> str:
        """What counts: an encoding of tiktoken's, or the engine model's own tokenizer."""
        return self.model if self.engine_folder else str(get_token_model(self.model).encoding)


def hosted_target(model: str) -> TokenTarget:
    """A model of a provider that speaks OpenAI's wire."""
    return TokenTarget(model, get_token_model(model).limit_tokens)


def engine_target(model: str, folder: Path | None, *, limit_tokens: int) -> TokenTarget:
    """A model of the own engine; `limit_tokens` is the shorter of its context and the setting."""
    return TokenTarget(model, limit_tokens, is_engine=True, engine_folder=folder)
