"""What a run will do, worked out before its first step."""

from dataclasses import dataclass

from shared.engine import hyperparameters
from shared.engine.config import TrainConfig
from shared.engine.data import TrainingData
from shared.engine.setup import TrainableModel


@dataclass(frozen=True)
class Plan:
    """Numbers that stay the same from the first step to the last."""

    steps_per_epoch: int
    total_steps: int
    peak_rate: float
    fingerprint: str
    """Equal for two runs only if configuration and data are."""


def make_plan(config: TrainConfig, data: TrainingData, model: TrainableModel) -> Plan:
    """The plan of `config` on `data`."""
    n_examples = len(data.training)
    total_steps = hyperparameters.steps_in(n_examples, config.n_epochs, config.batch_size)
    return Plan(
        steps_per_epoch=hyperparameters.steps_in(n_examples, 1, config.batch_size),
        total_steps=total_steps,
        peak_rate=hyperparameters.learning_rate(
            model.base.hidden_size,
            model.base.family,
            total_steps,
            config.batch_size,
            config.learning_rate_multiplier,
        ),
        fingerprint=f"{config.fingerprint()}-{data.training.fingerprint()}",
    )
