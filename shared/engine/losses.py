"""Losses as pure functions of a network and a batch."""

from dataclasses import dataclass
from typing import Any

from torch import Tensor
from torch.nn.functional import cross_entropy

from shared.engine.data import Batch


@dataclass(frozen=True)
class TokenLoss:
    """What the network made of the trained tokens of one batch."""

    total: Tensor  # () summed negative log likelihood, nats
    n_tokens: int
    n_correct: Tensor  # () tokens the network ranked first

    @property
    def mean(self) -> Tensor:
        return self.total / self.n_tokens


def next_token_loss(network: Any, batch: Batch) -> TokenLoss:
    """Cross entropy of every trained token given all before it.

    The output head, a fifth of a small model's work, runs only at positions where some row of the batch has a loss;
    the values are those of the full logits.
    """
    is_predicting = batch.trained[:, 1:]  # (B, T-1): position t predicts token t+1
    positions = is_predicting.any(dim=0).nonzero().squeeze(1)  # (P,)
    attended = None if batch.attended.all() else batch.attended
    logits = network(input_ids=batch.ids, attention_mask=attended, logits_to_keep=positions, use_cache=False).logits
    is_loss = is_predicting[:, positions]  # (B, P)
    answers = logits[is_loss].float()  # (N, V)
    targets = batch.ids[:, 1:][:, positions][is_loss]  # (N,)
    return TokenLoss(
        total=cross_entropy(answers, targets, reduction="sum"),
        n_tokens=len(targets),
        n_correct=(answers.detach().argmax(dim=-1) == targets).sum(),
    )
