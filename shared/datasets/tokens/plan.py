"""A training that is thought of: for which model, by which method, with which hyperparameters. A plain value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.datasets.tokens.engine_model import EngineModel
from shared.datasets.tokens.target import TokenTarget


@dataclass(frozen=True)
class TrainingPlan:
    tokens: TokenTarget
    "What rows are counted for."
    method: str = "supervised"
    provider: str = "openai"
    "The target of severities and prices: openai, azure, together, fireworks, mistral, or engine."
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)
    "As asked for; what is absent is `auto`."
    engine: EngineModel | None = None
    "Of an engine model whose folder is there."
    tokens_per_second: float | None = None
    "Measured on earlier jobs of this model; without it, a rule of thumb."

    @property
    def model(self) -> str:
        return self.tokens.model
