"""The training loop: the page to read first. It knows tensors, steps and hooks, and nothing of jobs or clients."""

import math
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from shared.engine.checkpoint import Progress, checkpoint_folder, load_checkpoint, save_checkpoint
from shared.engine.config import TrainConfig
from shared.engine.data import Batch, TrainingData, epoch_order
from shared.engine.errors import TrainingDivergedError
from shared.engine.evaluate import evaluate_all, evaluate_part
from shared.engine.hooks import Hooks
from shared.engine.losses import next_token_loss
from shared.engine.plan import Plan, make_plan
from shared.engine.protocol import SavedCheckpoint, StepMetrics
from shared.engine.schedule import rate_at
from shared.engine.setup import TrainableModel

VALIDATE_EVERY_STEPS = 10
"""Steps between two looks at one validation batch, which costs about a third of a step."""


@dataclass(frozen=True)
class Result:
    """How a run ended."""

    steps: int
    trained_tokens: int
    stopped: bool
    """True when a hook asked for it; the final checkpoint is then a resume point."""
    final_checkpoint: Path | None


def train(
    config: TrainConfig, data: TrainingData, model: TrainableModel, hooks: Hooks, resume: Path | None = None
) -> Result:
    """Train the adapter of `model` on `data`; go on from the checkpoint folder `resume` if one is given.

    Seeded and deterministic: a run that was killed and resumed ends with the same bits as one that was not.
    Raises TrainingDivergedError, InvalidCheckpointError.
    """
    plan = make_plan(config, data, model)
    network = model.network
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=plan.peak_rate, weight_decay=config.weight_decay, fused=True)
    _make_deterministic(config.seed)
    progress = Progress(step=0, trained_tokens=0)
    if resume is not None:
        progress = load_checkpoint(resume, network=network, optimizer=optimizer, fingerprint=plan.fingerprint)
    latest = resume
    stopped = False
    network.train()
    hooks.on_start(total_steps=plan.total_steps, n_examples=len(data.training), start_step=progress.step)

    while progress.step < plan.total_steps and not stopped:
        began = time.monotonic()
        batch = _batch_at(progress.step, plan, config, data).to(model.base.device)

        with model.base.computing(batch.n_positions):
            loss = next_token_loss(network, batch)
        if not math.isfinite(loss.total.item()):
            raise TrainingDivergedError(step=progress.step + 1, lines=batch.lines)

        loss.mean.backward()

        torch.nn.utils.clip_grad_norm_(weights, config.max_grad_norm)

        rate = rate_at(
            progress.step,
            total_steps=plan.total_steps,
            peak=plan.peak_rate,
            warmup_fraction=config.warmup_fraction,
        )
        for group in optimizer.param_groups:
            group["lr"] = rate

        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        progress = Progress(step=progress.step + 1, trained_tokens=progress.trained_tokens + batch.n_tokens)

        seconds = time.monotonic() - began
        is_epoch_end = progress.step % plan.steps_per_epoch == 0
        metrics = StepMetrics(
            step=progress.step,
            total_steps=plan.total_steps,
            epoch=math.ceil(progress.step / plan.steps_per_epoch),
            train_loss=loss.mean.item(),
            train_mean_token_accuracy=loss.n_correct.item() / loss.n_tokens,
            learning_rate=rate,
            n_tokens=batch.n_tokens,
            **_validation(progress.step, data, model, is_epoch_end=is_epoch_end),
            seconds=seconds,
        )
        hooks.on_step(metrics)

        # Asked before the checkpoint is due, because a run that stops leaves a point to resume from.
        stopped = progress.step < plan.total_steps and hooks.should_stop()

        if is_epoch_end or stopped or progress.step % config.resume_every_steps == 0:
            latest = checkpoint_folder(Path(config.run_dir), progress.step)
            save_checkpoint(
                latest,
                network=network,
                optimizer=optimizer,
                progress=progress,
                fingerprint=plan.fingerprint,
                base_source=config.base,
            )
            hooks.on_checkpoint(
                SavedCheckpoint(
                    step=progress.step,
                    epoch=metrics.epoch,
                    path=str(latest),
                    published=is_epoch_end,
                    metrics=metrics.wire_metrics(),
                )
            )

    return Result(steps=progress.step, trained_tokens=progress.trained_tokens, stopped=stopped, final_checkpoint=latest)


def _make_deterministic(seed: int) -> None:
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(mode=True, warn_only=True)
    # Filling fresh memory with NaN only serves to find bugs, and costs a pass over every activation.
    torch.utils.deterministic.fill_uninitialized_memory = False


def _batch_at(step: int, plan: Plan, config: TrainConfig, data: TrainingData) -> Batch:
    epoch, place = divmod(step, plan.steps_per_epoch)
    order = epoch_order(len(data.training), seed=config.seed, epoch=epoch)
    return data.training.batch(order[place * config.batch_size : (place + 1) * config.batch_size])


def _validation(step: int, data: TrainingData, model: TrainableModel, *, is_epoch_end: bool) -> dict[str, float]:
    """What there is to say about the validation file after `step`; usually nothing."""
    said: dict[str, float] = {}
    if data.validation is None:
        return said
    if step % VALIDATE_EVERY_STEPS == 0:
        part = evaluate_part(model.base, model.network, data.validation, turn=step // VALIDATE_EVERY_STEPS - 1)
        said |= {"valid_loss": part.loss, "valid_mean_token_accuracy": part.token_accuracy}
    if is_epoch_end:
        whole = evaluate_all(model.base, model.network, data.validation)
        said |= {"full_valid_loss": whole.loss, "full_valid_mean_token_accuracy": whole.token_accuracy}
    return said
