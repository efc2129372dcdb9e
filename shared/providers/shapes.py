"""What upstreams answer, read leniently: OpenAI, Azure, Nebius and others differ in what they leave out.

A list is decoded to raw entries, and an entry only when it looks different from the last time: most never are.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
import xxhash

from shared.jobs import methods
from shared.jobs.states import JobStatus

_STATUSES = {
    "validating_files": JobStatus.QUEUED,
    "created": JobStatus.QUEUED,
    "pending": JobStatus.QUEUED,
    "notrunning": JobStatus.QUEUED,
    "queued": JobStatus.QUEUED,
    "resuming": JobStatus.QUEUED,
    "running": JobStatus.RUNNING,
    "pausing": JobStatus.RUNNING,
    "canceling": JobStatus.RUNNING,
    "cancelling": JobStatus.RUNNING,
    "paused": JobStatus.PAUSED,
    "succeeded": JobStatus.SUCCEEDED,
    "failed": JobStatus.FAILED,
    "canceled": JobStatus.CANCELLED,
    "cancelled": JobStatus.CANCELLED,
    "deleted": JobStatus.CANCELLED,
}
"""Spellings of OpenAI, Azure and Nebius, in lower case. Whoever checks files upstream has ours checked already, so that
is `queued` here: a job never goes back."""
_METRICS = (
    "step",
    "train_loss",
    "train_mean_token_accuracy",
    "valid_loss",
    "valid_mean_token_accuracy",
    "full_valid_loss",
    "full_valid_mean_token_accuracy",
)
"""What the wire knows of a checkpoint. Other methods have others, which strict clients would refuse."""
_CHECKPOINT_NAME = re.compile(r"ch?kpt", re.IGNORECASE)
_MOST_PLAUSIBLE_SECONDS = 1 << 40


class Entry(msgspec.Struct, frozen=True):
    """As much of a list's entry as tells which one it is."""

    id: str
    created_at: float | None = None
    status: str = ""
    metadata: Any = None
    training_file: Any = None
    seed: Any = None


class ListPage(msgspec.Struct, frozen=True):
    data: list[msgspec.Raw]
    has_more: bool | None = None
    "None: not said; an empty page is the end."


class UpstreamJob(msgspec.Struct, frozen=True):
    """A job as upstream tells it. Members that upstreams leave out or fill with other types are read by properties."""

    id: str
    status: str
    created_at: float | None = None
    fine_tuned_model: str | None = None
    metadata: Any = None
    error: Any = None
    hyperparameters: Any = None
    method: Any = None
    result_files: Any = None
    trained_tokens: Any = None
    estimated_finish: Any = None

    @property
    def our_status(self) -> JobStatus | None:
        """None for a status nobody has told us of: the job stays as it is."""
        return status_of(self.status)

    @property
    def resolved_hyperparameters(self) -> dict[str, Any]:
        """What upstream has chosen so far, as far as our wire has a place for it. Azure says -1 for `auto`."""
        method = str(self.method.get("type")) if isinstance(self.method, Mapping) else methods.SUPERVISED
        told: dict[str, Any] = {}
        for place in (self.hyperparameters, _method_hyperparameters(self.method)):
            if isinstance(place, Mapping):
                told |= methods.told_hyperparameters(method, place)
        return told

    @property
    def failure(self) -> tuple[str | None, str | None, str | None]:
        """Code, message and param; healthy jobs of some upstreams carry an error without any of them."""
        error = self.error if isinstance(self.error, Mapping) else {}
        return tuple(str(error[name]) if error.get(name) else None for name in ("code", "message", "param"))  # type: ignore[return-value]  # three of them

    @property
    def result_file_ids(self) -> list[str]:
        listed = self.result_files if isinstance(self.result_files, list) else []
        return [each for each in listed if isinstance(each, str)]

    @property
    def tokens(self) -> int | None:
        return _whole(self.trained_tokens)

    @property
    def finish_estimate(self) -> int | None:
        """Some upstreams say 0 where they do not know."""
        return _whole(self.estimated_finish) or None


class UpstreamEvent(msgspec.Struct, frozen=True):
    id: str
    message: Any = None
    created_at: float | None = None
    level: Any = None
    type: Any = None
    data: Any = None


class UpstreamCheckpoint(msgspec.Struct, frozen=True):
    id: str
    step_number: int
    fine_tuned_model_checkpoint: str
    metrics: Any = None

    @property
    def is_final(self) -> bool:
        """The last checkpoint carries the finished model's name, which has no mark of a checkpoint in it."""
        return not _CHECKPOINT_NAME.search(self.fine_tuned_model_checkpoint)

    @property
    def numbers(self) -> dict[str, float]:
        told = self.metrics if isinstance(self.metrics, Mapping) else {}
        return {name: float(told[name]) for name in _METRICS if _is_number(told.get(name))}


class UpstreamFile(msgspec.Struct, frozen=True):
    id: str
    bytes: int | None = None
    created_at: float | None = None
    filename: str | None = None


class UpstreamUpload(msgspec.Struct, frozen=True):
    id: str
    file: UpstreamFile | None = None


class Identified(msgspec.Struct, frozen=True):
    id: str


def status_of(status: str) -> JobStatus | None:
    """What an upstream's status is here; None for one that nobody has told us of."""
    return _STATUSES.get(status.lower().replace("-", "_"))


def fingerprint(raw: bytes | msgspec.Raw) -> str:
    """Of an entry's bytes: the same bytes say the same of the job."""
    return xxhash.xxh3_64_hexdigest(bytes(raw))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _method_hyperparameters(method: Any) -> Any:
    if not isinstance(method, Mapping):
        return None
    block = method.get(str(method.get("type")))
    return block.get("hyperparameters") if isinstance(block, Mapping) else None


def _whole(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value < _MOST_PLAUSIBLE_SECONDS else None
