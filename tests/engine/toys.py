"""Toy chats, and hooks that remember."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from safetensors.numpy import load_file

from shared.engine.protocol import Loaded, SavedCheckpoint, StepMetrics


def chat(*turns: tuple[str, str], **fields: Any) -> dict[str, Any]:
    """A dataset row of (role, content) turns."""
    return {"messages": [{"role": role, "content": content} for role, content in turns], **fields}


def toy_rows(count: int) -> list[dict[str, Any]]:
    """Rows whose answers share a form that a tiny model can learn within some steps."""
    return [chat(("user", f"say {index}"), ("assistant", f"ok: {index}")) for index in range(count)]


def write_rows(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def adapter_weights(checkpoint: Path | str | None) -> dict[str, bytes]:
    """Every adapter tensor as raw bytes, so that equality means equal to the bit."""
    assert checkpoint is not None, "the run left no checkpoint"
    tensors = load_file(Path(checkpoint) / "adapter" / "adapter_model.safetensors")
    return {name: tensor.tobytes() for name, tensor in tensors.items()}


class RecordingHooks:
    """Remembers what it hears; stops the run once `stop_after` steps were heard."""

    def __init__(self, *, stop_after: int | None = None) -> None:
        self.loaded: Loaded | None = None
        self.started: dict[str, int] = {}
        self.steps: list[StepMetrics] = []
        self.checkpoints: list[SavedCheckpoint] = []
        self._stop_after = stop_after

    def on_loaded(self, info: Loaded) -> None:
        self.loaded = info

    def on_start(self, *, total_steps: int, n_examples: int, start_step: int) -> None:
        self.started = {"total_steps": total_steps, "n_examples": n_examples, "start_step": start_step}

    def on_step(self, metrics: StepMetrics) -> None:
        self.steps.append(metrics)

    def on_checkpoint(self, checkpoint: SavedCheckpoint) -> None:
        self.checkpoints.append(checkpoint)

    def should_stop(self) -> bool:
        return self._stop_after is not None and len(self.steps) >= self._stop_after
