"""Everything one training run depends on, as a value that travels as JSON. Importable without torch."""

import hashlib
from dataclasses import dataclass, replace
from typing import Literal

import msgspec

from shared.engine.errors import InvalidConfigurationError

Device = Literal["auto", "cpu", "cuda", "mps"]


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """One supervised LoRA run, all numbers resolved; `hyperparameters.resolve` makes them from "auto"."""

    base: str
    """Source of the base model: `package:NAME`, an absolute folder, or a hub id (see sources.py)."""
    training_file: str
    """Local JSONL file of chats."""
    validation_file: str | None = None
    """Local JSONL file, only evaluated, never trained on."""
    run_dir: str
    """Folder of this run; checkpoints appear in `checkpoints/` below it."""
    models_dir: str
    """Cache of converted base models, shared by all runs of a host."""
    seed: int = 0
    """Fixes data order, LoRA initialisation and dropout."""
    n_epochs: int
    batch_size: int
    """Rows in one optimizer step."""
    learning_rate_multiplier: float = 1.0
    """Factor on the rate that `hyperparameters.learning_rate` finds."""
    lora_rank: int | None = None
    """None: `hyperparameters.lora_rank` decides from the size of the training file."""
    lora_alpha: int | None = None
    """None: twice the rank."""
    lora_dropout: float = 0.0
    weight_decay: float = 0.01
    max_grad_norm: float = 1.0
    warmup_fraction: float = 0.05
    """Part of all steps over which the rate climbs to its peak."""
    max_sequence_tokens: int = 2048
    """Longer rows lose their tail, as on the wire's own service."""
    device: Device = "auto"
    resume_every_steps: int = 50
    """Steps between two resume points inside an epoch; at most so much work is lost with a host."""
    threads: int = 0
    """CPU threads; 0 leaves the number to `environment.default_threads`."""

    def __post_init__(self) -> None:
        _require("seed", 0 <= self.seed < 2**63, "an integer from 0 to 2^63 - 1")
        for name in ("n_epochs", "batch_size", "resume_every_steps"):
            _require(name, getattr(self, name) >= 1, "at least 1")
        for name in ("learning_rate_multiplier", "max_grad_norm"):
            _require(name, 0 < getattr(self, name) < float("inf"), "a positive number")
        for name in ("lora_rank", "lora_alpha"):
            _require(name, getattr(self, name) is None or getattr(self, name) >= 1, "at least 1, or null")
        for name in ("lora_dropout", "warmup_fraction"):
            _require(name, 0 <= getattr(self, name) < 1, "at least 0 and below 1")
        _require("weight_decay", self.weight_decay >= 0, "0 or more")
        _require("max_sequence_tokens", self.max_sequence_tokens >= 2, "at least 2")  # noqa: PLR2004 - one token predicts one
        _require("threads", self.threads >= 0, "0 or more")

    def to_json(self) -> str:
        return msgspec.json.encode(self).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> "TrainConfig":
        """Read what `to_json` wrote; unknown fields are ignored. Raises InvalidConfigurationError naming the field."""
        try:
            return msgspec.json.decode(text, type=cls)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise InvalidConfigurationError(f"The training configuration cannot be read: {error}") from error

    def fingerprint(self) -> str:
        """Hash of all that decides the weights, and of nothing that may differ between two hosts (paths, threads)."""
        neutral = replace(
            self, training_file="", validation_file=None, run_dir="", models_dir="", device="auto", threads=0
        )
        neutral = replace(neutral, resume_every_steps=1)
        return hashlib.sha256(neutral.to_json().encode()).hexdigest()


def _require(name: str, holds: bool, wanted: str) -> None:  # noqa: FBT001 - the condition is the point
    if not holds:
        raise InvalidConfigurationError(f"{name} must be {wanted}.")
