"""One run from configuration to result, in this process. The child process and the tests both come through here."""

import time
from pathlib import Path

import torch

from shared.engine.config import TrainConfig
from shared.engine.data import TrainingData
from shared.engine.hooks import Hooks
from shared.engine.loop import Result, train
from shared.engine.plan import make_plan
from shared.engine.protocol import Loaded
from shared.engine.setup import TrainableModel, load_for_training


def run(config: TrainConfig, hooks: Hooks, resume: Path | None = None) -> Result:
    """Load, tell what was loaded, train. Raises EngineError for everything that is to be expected."""
    began = time.monotonic()
    data, model = load_for_training(config)
    hooks.on_loaded(describe(config, data, model, seconds=time.monotonic() - began))
    return train(config, data, model, hooks, resume)


def describe(config: TrainConfig, data: TrainingData, model: TrainableModel, *, seconds: float) -> Loaded:
    """Every choice that was made between the configuration and the first step."""
    training = data.training
    return Loaded(
        device=str(model.base.device),
        dtype=str(model.base.dtype).removeprefix("torch."),
        threads=torch.get_num_threads(),
        parameters=sum(weight.numel() for weight in model.network.parameters()),
        trainable_parameters=sum(weight.numel() for weight in model.network.parameters() if weight.requires_grad),
        lora_rank=model.rank,
        lora_alpha=model.alpha,
        learning_rate=make_plan(config, data, model).peak_rate,
        n_examples=len(training),
        n_skipped=training.n_skipped,
        n_truncated=training.n_truncated,
        n_validation_examples=len(data.validation or ()),
        tokens_per_epoch=training.n_tokens,
        trainable_tokens_per_epoch=training.n_trained_tokens,
        seconds=seconds,
    )
