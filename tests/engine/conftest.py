"""A base model, a toy dataset and a short run, small enough that training takes a second."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from shared.engine.config import TrainConfig
from shared.engine.model import Base, load_base
from tests.engine.toys import toy_rows, write_rows

MakeConfig = Callable[..., TrainConfig]


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Sums are then made in the same order here and in the child processes."""
    torch.set_num_threads(1)


@pytest.fixture
def base(tiny_model: Path) -> Base:
    """The tiny model, freshly loaded, in float32."""
    return load_base(tiny_model, device=torch.device("cpu"), dtype=torch.float32)


@pytest.fixture(scope="session")
def tokenizer(tiny_model: Path) -> Any:
    return load_base(tiny_model, device=torch.device("cpu"), dtype=torch.float32).tokenizer


@pytest.fixture
def make_config(tiny_model: Path, tmp_path: Path) -> MakeConfig:
    """A configuration of two epochs over ten toy rows, five steps each; arguments replace its fields."""
    training_file = write_rows(tmp_path / "training.jsonl", toy_rows(10))
    validation_file = write_rows(tmp_path / "validation.jsonl", toy_rows(4))

    def make(**changes: Any) -> TrainConfig:
        run_dir = tmp_path / changes.pop("run", "run")
        fields: dict[str, Any] = {
            "base": str(tiny_model),
            "training_file": str(training_file),
            "validation_file": str(validation_file),
            "run_dir": str(run_dir),
            "models_dir": str(tmp_path / "models"),
            "seed": 7,
            "n_epochs": 2,
            "batch_size": 2,
            "learning_rate_multiplier": 10.0,
            "lora_dropout": 0.1,
            "device": "cpu",
            "threads": 1,
        }
        return TrainConfig(**{**fields, **changes})

    return make
