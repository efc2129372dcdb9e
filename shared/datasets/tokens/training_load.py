"""How long the own engine will train and how much memory it will take at most: rules of thumb with their sources.

Measured with SmolLM2-135M-Instruct (bfloat16, LoRA on all linear layers) on one core of a server processor: 180 tokens
a second for rows of 400 tokens and 270 for rows of 75; 1.3 GB at 300 tokens a batch and 3.1 GB at 1,600.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import ceil
from typing import Any

from shared.datasets.tokens.engine_model import EngineModel
from shared.engine.hyperparameters import lora_rank, steps_in

_PARAMETER_TOKENS_PER_SECOND = 180 * 135e6
"""Time goes with tokens times parameters: a forward pass and a backward pass without gradients of frozen weights."""

_START_SECONDS = 15
"""Importing torch and loading the base."""

_PROCESS_BYTES = 600 << 20
"""Python, torch and what its allocator keeps."""

_WEIGHT_BYTES = 2
_ADAPTER_BYTES = 16
"""Weight, gradient and the two moments of AdamW, each in float32."""

_ACTIVATION_BYTES = 80
"""For each token of a batch, times hidden size and layers: the slope between the two measurements."""

_LOGIT_BYTES = 12
"""For each trained token of a batch and word of the vocabulary: logits, their float32 copy and its gradient."""


@dataclass(frozen=True)
class TrainingLoad:
    seconds: int
    peak_memory_bytes: int
    n_steps: int
    tokens_per_second: float
    basis: str
    "`measured` on earlier jobs of this model, or `rule` of thumb for one processor core."

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def estimate_load(
    tokens: Mapping[str, Any], hyperparameters: Mapping[str, Any], model: EngineModel, *, measured: float | None
) -> TrainingLoad:
    """`tokens` is the section of a report; `measured` are tokens a second of earlier jobs."""
    n_epochs, batch_size = hyperparameters["n_epochs"], hyperparameters["batch_size"]
    speed = measured or _PARAMETER_TOKENS_PER_SECOND / max(1, model.n_parameters)
    return TrainingLoad(
        seconds=_START_SECONDS + ceil(tokens["kept"] * n_epochs / speed),
        peak_memory_bytes=_peak_bytes(tokens, batch_size, model),
        n_steps=steps_in(tokens["n_rows"], n_epochs, batch_size),
        tokens_per_second=round(speed, 1),
        basis="rule" if measured is None else "measured",
    )


def _peak_bytes(tokens: Mapping[str, Any], batch_size: int, model: EngineModel) -> int:
    """When the longest rows meet in one batch."""
    longest: int = min(tokens["per_row"]["max"], tokens["limit_tokens"] or tokens["per_row"]["max"])
    n_trained: int = min(tokens["per_answer"]["max"], longest)
    rank = lora_rank(tokens["n_rows"], tokens["trained_kept"])
    return (
        _PROCESS_BYTES
        + _WEIGHT_BYTES * model.n_parameters
        + _ADAPTER_BYTES * model.adapter_parameters(rank)
        + batch_size * longest * _ACTIVATION_BYTES * model.hidden_size * model.n_layers
        + batch_size * n_trained * _LOGIT_BYTES * model.vocabulary_size
    )
