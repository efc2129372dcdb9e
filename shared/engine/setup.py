"""Everything between a configuration and the first step: base, tokenizer, rows, adapter."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.engine import hyperparameters
from shared.engine.config import TrainConfig
from shared.engine.convert import prepare_base
from shared.engine.data import Examples, TrainingData, read_examples
from shared.engine.errors import InvalidValidationFileError
from shared.engine.model import Base, attach_lora, choose_device, choose_dtype, load_base


@dataclass(frozen=True)
class TrainableModel:
    """A frozen base with one fresh adapter on it."""

    base: Base
    network: Any
    """The base inside peft's wrapper; only the adapter's weights require a gradient."""
    rank: int
    alpha: int


def load_for_training(config: TrainConfig) -> tuple[TrainingData, TrainableModel]:
    """Base model and data in memory. Raises the errors of prepare_base, load_base and read_examples."""
    folder = prepare_base(config.base, Path(config.models_dir))
    device = choose_device(config.device)
    base = load_base(folder, device=device, dtype=choose_dtype(device))
    data = _read_data(config, base)
    return data, adapt(base, config, data.training)


def adapt(base: Base, config: TrainConfig, training: Examples) -> TrainableModel:
    """Hang the adapter that `config` asks for on `base`."""
    rank = config.lora_rank or hyperparameters.lora_rank(len(training), training.n_trained_tokens)
    alpha = config.lora_alpha or 2 * rank
    network = attach_lora(base, rank=rank, alpha=alpha, dropout=config.lora_dropout, seed=config.seed)
    return TrainableModel(base=base, network=network, rank=rank, alpha=alpha)


def _read_data(config: TrainConfig, base: Base) -> TrainingData:
    limit = min(config.max_sequence_tokens, base.context_tokens)
    training = read_examples(Path(config.training_file), base.tokenizer, max_tokens=limit)
    if config.validation_file is None:
        return TrainingData(training)
    validation = read_examples(
        Path(config.validation_file),
        base.tokenizer,
        max_tokens=limit,
        what="validation file",
        error_type=InvalidValidationFileError,
    )
    return TrainingData(training, validation)
