"""How well a network does on rows it does not learn from."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch

from shared.engine.data import Batch, Examples
from shared.engine.losses import next_token_loss
from shared.engine.model import Base

EVALUATION_ROWS = 8
"""Rows in one forward pass; without gradients, eight short chats fit wherever one training row does."""


@dataclass(frozen=True)
class Quality:
    """Mean negative log likelihood (nats) and share of right first guesses, both per trained token."""

    loss: float
    token_accuracy: float


def evaluate(base: Base, network: Any, batches: Iterable[Batch]) -> Quality:
    """Measure without dropout, without gradients, and without touching the random state."""
    was_training = network.training
    network.eval()
    total = correct = 0.0
    n_tokens = 0
    for batch in batches:
        with torch.no_grad(), base.computing(batch.n_positions):
            loss = next_token_loss(network, batch.to(base.device))
        total += float(loss.total)
        correct += float(loss.n_correct)
        n_tokens += loss.n_tokens
    network.train(was_training)
    return Quality(loss=total / n_tokens, token_accuracy=correct / n_tokens)


def evaluate_all(base: Base, network: Any, examples: Examples) -> Quality:
    """Every row of a file."""
    return evaluate(base, network, examples.batches(EVALUATION_ROWS))


def evaluate_part(base: Base, network: Any, examples: Examples, *, turn: int) -> Quality:
    """A single batch, another one every turn, round and round."""
    n_batches = math.ceil(len(examples) / EVALUATION_ROWS)
    start = turn % n_batches * EVALUATION_ROWS
    return evaluate(base, network, [examples.batch(range(start, min(start + EVALUATION_ROWS, len(examples))))])
