"""What a training process tells its supervisor: one JSON object a line, tagged by `type`. Importable without torch."""

from collections.abc import Mapping

import msgspec


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Base of every line on the wire between the two processes."""


class Loading(Message, frozen=True, kw_only=True, tag="loading"):
    """The process is up and about to load the base model (converting it first where it must)."""


class Loaded(Message, frozen=True, kw_only=True, tag="loaded"):
    """Model and data are in memory; every choice made on the way is said here."""

    device: str
    dtype: str
    """Type of the matrix products: bfloat16 where the hardware multiplies it natively, else float32."""
    threads: int
    parameters: int
    trainable_parameters: int
    lora_rank: int
    lora_alpha: int
    learning_rate: float
    """Peak of the schedule."""
    n_examples: int
    n_skipped: int
    """Rows left out because truncation took all their trainable tokens."""
    n_truncated: int
    n_validation_examples: int
    tokens_per_epoch: int
    trainable_tokens_per_epoch: int
    seconds: float


class Started(Message, frozen=True, kw_only=True, tag="started"):
    """Training begins; `start_step` steps were done by an earlier process."""

    total_steps: int
    n_examples: int
    start_step: int


class StepMetrics(Message, frozen=True, kw_only=True, tag="step", omit_defaults=True):
    """One optimizer step, counted from 1. Losses are mean negative log likelihood per trained token, in nats."""

    step: int
    total_steps: int
    epoch: int
    """Counted from 1."""
    train_loss: float
    train_mean_token_accuracy: float
    learning_rate: float
    n_tokens: int
    """Tokens in the batch without padding."""
    seconds: float
    valid_loss: float | None = None
    """On one batch of the validation file, every few steps."""
    valid_mean_token_accuracy: float | None = None
    full_valid_loss: float | None = None
    """On the whole validation file, at the end of an epoch."""
    full_valid_mean_token_accuracy: float | None = None

    def wire_metrics(self) -> dict[str, float]:
        """The fields a checkpoint or a metrics event shows to clients; those not measured are absent."""
        values = {name: getattr(self, name) for name in _WIRE_METRICS}
        return {name: value for name, value in values.items() if value is not None}


_WIRE_METRICS = (
    "step",
    "train_loss",
    "train_mean_token_accuracy",
    "valid_loss",
    "valid_mean_token_accuracy",
    "full_valid_loss",
    "full_valid_mean_token_accuracy",
)


class SavedCheckpoint(Message, frozen=True, kw_only=True, tag="checkpoint"):
    """A complete folder from which training can go on; `adapter/` below it is what inference loads."""

    step: int
    epoch: int
    path: str
    published: bool
    """True at an epoch's end: clients see it. False: only a resume point."""
    metrics: Mapping[str, float]


class Finished(Message, frozen=True, kw_only=True, tag="finished"):
    """The last word of a run that ended well, or stopped because it was asked to."""

    steps: int
    trained_tokens: int
    stopped: bool
    final_checkpoint: str | None
    peak_memory_bytes: int


class Failed(Message, frozen=True, kw_only=True, tag="failed"):
    """The last word of a run that could not go on. `message` is for people and names what would help."""

    code: str
    message: str


AnyMessage = Loading | Loaded | Started | StepMetrics | SavedCheckpoint | Finished | Failed

_decoder: msgspec.json.Decoder[AnyMessage] = msgspec.json.Decoder(AnyMessage)


def encode(message: Message) -> bytes:
    """One line, newline included."""
    return msgspec.json.encode(message) + b"\n"


def decode(line: bytes | str) -> AnyMessage:
    """Read one line. Raises msgspec.DecodeError or msgspec.ValidationError on anything else than a message."""
    return _decoder.decode(line)
