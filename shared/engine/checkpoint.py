"""Checkpoints on disk: written whole or not at all, read without running anything found in them.

`adapter/` is what inference loads (peft's format); `state/` is what training needs besides to go on as if it had
never stopped. Nothing here deletes a checkpoint of another step; who uploads them does.
"""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import msgspec
import torch
from peft import PeftModel, get_peft_model_state_dict, set_peft_model_state_dict
from safetensors.torch import load_file, save_file

from shared.engine.errors import InvalidCheckpointError

ADAPTER_WEIGHTS = "adapter_model.safetensors"
ADAPTER_CONFIG = "adapter_config.json"


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a run has come. Data order follows from seed and epoch, so the step is also the position in the data."""

    step: int
    """Optimizer steps done."""
    trained_tokens: int
    """Tokens of all batches so far, padding excluded."""


class _LoopState(msgspec.Struct, frozen=True, kw_only=True):
    progress: Progress
    fingerprint: str
    """Of configuration and data: going on with others would end in weights that nothing explains."""


def checkpoint_folder(run_dir: Path, step: int) -> Path:
    """Where the checkpoint of `step` lies, or will."""
    return run_dir / "checkpoints" / f"step-{step:06d}"


def save_checkpoint(
    folder: Path,
    *,
    network: PeftModel,
    optimizer: torch.optim.Optimizer,
    progress: Progress,
    fingerprint: str,
    base_source: str,
) -> None:
    """Write into a hidden sibling, then rename; a crash leaves the old state or the new one, never half of one."""
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    _save_adapter(unfinished / "adapter", network=network, base_source=base_source)
    _save_state(unfinished / "state", optimizer=optimizer, progress=progress, fingerprint=fingerprint)
    _flush(unfinished)
    # A resumed run comes past steps that its predecessor saved; the contents are equal bit for bit.
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)


def load_checkpoint(
    folder: Path, *, network: PeftModel, optimizer: torch.optim.Optimizer, fingerprint: str
) -> Progress:
    """Put weights, optimizer and random state back. Raises InvalidCheckpointError before changing anything."""
    try:
        state = msgspec.json.decode((folder / "state" / "loop.json").read_bytes(), type=_LoopState)
        adapter = load_file(folder / "adapter" / ADAPTER_WEIGHTS)
        moments = torch.load(folder / "state" / "optimizer.pt", weights_only=True)
        random_state = load_file(folder / "state" / "random.safetensors")
    except Exception as error:
        raise InvalidCheckpointError(
            f"The checkpoint {folder.name} cannot be read ({type(error).__name__}: {error}); resume from an older one."
        ) from error
    if state.fingerprint != fingerprint:
        raise InvalidCheckpointError(
            f"The checkpoint {folder.name} was made with another configuration or another training file; "
            "start without it."
        )
    set_peft_model_state_dict(network, adapter)
    optimizer.load_state_dict(moments)
    _restore_random_state(random_state)
    return state.progress


def _save_adapter(folder: Path, *, network: PeftModel, base_source: str) -> None:
    """Peft's files, without its model card and without a path of this machine."""
    folder.mkdir(parents=True)
    weights = get_peft_model_state_dict(network, save_embedding_layers=False)
    save_file(
        {name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()},
        folder / ADAPTER_WEIGHTS,
        metadata={"format": "pt"},
    )
    config = network.peft_config["default"].to_dict()
    config |= {"base_model_name_or_path": base_source, "inference_mode": True}
    text = json.dumps(config, indent=2, sort_keys=True, default=_plain)
    (folder / ADAPTER_CONFIG).write_text(text, encoding="utf-8")


def _plain(value: Any) -> Any:
    """Sets sorted (their order differs from process to process), enums and the like by name."""
    return sorted(value) if isinstance(value, set | frozenset) else str(value)


def _save_state(folder: Path, *, optimizer: torch.optim.Optimizer, progress: Progress, fingerprint: str) -> None:
    folder.mkdir(parents=True)
    torch.save(optimizer.state_dict(), folder / "optimizer.pt")
    save_file(_random_state(), folder / "random.safetensors")
    (folder / "loop.json").write_bytes(msgspec.json.encode(_LoopState(progress=progress, fingerprint=fingerprint)))


def _random_state() -> dict[str, torch.Tensor]:
    states = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state()
    return states


def _restore_random_state(states: dict[str, torch.Tensor]) -> None:
    torch.set_rng_state(states["cpu"])
    if "cuda" in states and torch.cuda.is_available():
        torch.cuda.set_rng_state(states["cuda"])


def _flush(folder: Path) -> None:
    """Push every file and folder to the disk before the rename makes them visible."""
    for path in [*folder.rglob("*"), folder]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
