"""The written rules behind "auto": epochs, batch size, learning rate, LoRA rank. Pure arithmetic, without torch."""

import math
from dataclasses import dataclass
from typing import Literal

Auto = Literal["auto"]

MAX_EPOCHS = 10
"""Bound on automatic epochs: past ten a small adapter only memorises a tiny file."""
_TARGET_EPOCHS = 3
_MIN_EXAMPLES_SEEN, _MAX_EXAMPLES_SEEN = 100, 25_000
_MIN_BATCH, _MAX_BATCH = 4, 16
_MIN_STEPS, _MAX_STEPS = 40, 20_000
_FEW_STEPS = 100

_TINY_HIDDEN_SIZE = 1024
_SHORT_RUN_STEPS = 1000
_TINY_RATE = 1e-3
_RATE_CAP = 5e-4
_UNKNOWN_FAMILY_RATE = 2e-4
_FAMILY_EXPONENTS = {"llama": 0.781, "qwen": 0.0775}


@dataclass(frozen=True)
class Resolved:
    """What "auto" became; these numbers are shown on the wire."""

    n_epochs: int
    batch_size: int
    learning_rate_multiplier: float


def resolve(
    *,
    n_examples: int,
    n_epochs: int | Auto = "auto",
    batch_size: int | Auto = "auto",
    learning_rate_multiplier: float | Auto = "auto",
) -> Resolved:
    """Replace every "auto" by a number; numbers given stay as they are."""
    epochs = auto_epochs(n_examples) if n_epochs == "auto" else n_epochs
    return Resolved(
        n_epochs=epochs,
        batch_size=auto_batch_size(n_examples, epochs) if batch_size == "auto" else batch_size,
        learning_rate_multiplier=1.0 if learning_rate_multiplier == "auto" else learning_rate_multiplier,
    )


def cookbook_epochs(n_examples: int) -> int:
    """Epochs by the rule of OpenAI's cookbook: 3, more for under 34 rows (100 seen in all), fewer past 25,000 seen."""
    seen = n_examples * _TARGET_EPOCHS
    if seen < _MIN_EXAMPLES_SEEN:
        return min(25, _MIN_EXAMPLES_SEEN // max(1, n_examples))
    if seen > _MAX_EXAMPLES_SEEN:
        return max(1, _MAX_EXAMPLES_SEEN // n_examples)
    return _TARGET_EPOCHS


def auto_epochs(n_examples: int) -> int:
    """The cookbook's rule, at most ten."""
    return min(MAX_EPOCHS, cookbook_epochs(n_examples))


def auto_batch_size(n_examples: int, n_epochs: int) -> int:
    """About 0.2 % of the rows (OpenAI's rule for its first fine-tunes), from 4 to 16.

    Then raised until the run has at most 20,000 steps, and lowered until it has at least 40 where the rows allow.
    Four short rows train 1.6 times as fast together as one by one, and 40 such steps taught SmolLM2-135M a house
    format completely (own measurements).
    """
    batch = min(_MAX_BATCH, max(_MIN_BATCH, round(0.002 * n_examples)))
    while batch < n_examples and steps_in(n_examples, n_epochs, batch) > _MAX_STEPS:
        batch += 1
    while batch > 1 and steps_in(n_examples, n_epochs, batch) < _MIN_STEPS:
        batch -= 1
    return batch


def steps_in(n_examples: int, n_epochs: int, batch_size: int) -> int:
    """Optimizer steps of a run; the last batch of an epoch may be short."""
    return math.ceil(n_examples / batch_size) * n_epochs


def learning_rate(hidden_size: int, family: str, total_steps: int, batch_size: int, multiplier: float) -> float:
    """Peak learning rate of a LoRA run on all linear layers.

    Ordinary rule (tinker-cookbook, "LoRA Without Regret"): `5e-4 * (2000 / hidden)^p`, p = 0.781 for Llama-like and
    0.0775 for Qwen-like models, 2e-4 for other families; times sqrt(batch / 16) kept within 0.5 and 1; times 1.5
    under 100 steps; at most 5e-4. Tiny bases (hidden below 1024) want more on short runs: SmolLM2-135M learned a
    house format in 50 steps at 1e-3 and nothing at 2e-4 (own measurement), so they get 1e-3 up to 1000 steps and
    1e-3 * sqrt(1000 / steps) beyond, never less than the ordinary rule.
    """
    rate = _ordinary_rate(hidden_size, family, total_steps, batch_size)
    if hidden_size < _TINY_HIDDEN_SIZE:
        rate = max(rate, _TINY_RATE * math.sqrt(min(1.0, _SHORT_RUN_STEPS / max(1, total_steps))))
    return rate * multiplier


def _ordinary_rate(hidden_size: int, family: str, total_steps: int, batch_size: int) -> float:
    exponent = next((p for name, p in _FAMILY_EXPONENTS.items() if family.startswith(name)), None)
    rate = _UNKNOWN_FAMILY_RATE if exponent is None else 5e-4 * (2000 / hidden_size) ** exponent
    rate = min(rate, _RATE_CAP) * min(1.0, max(0.5, math.sqrt(batch_size / 16)))
    return min(rate * 1.5, _RATE_CAP) if total_steps < _FEW_STEPS else rate


def lora_rank(n_examples: int, trainable_tokens: int) -> int:
    """Adapter rank by the amount to be learned: 8 below 100 rows, else 16; 32 past a million tokens, 64 past ten."""
    if n_examples < 100:  # noqa: PLR2004 - the rule is told above
        return 8
    if trainable_tokens > 10_000_000:  # noqa: PLR2004
        return 64
    return 32 if trainable_tokens > 1_000_000 else 16  # noqa: PLR2004
