"""The loss: what it counts, and what it must not touch."""

from pathlib import Path

import pytest
import torch
from torch.nn.functional import cross_entropy

from shared.engine.data import Batch, Examples, read_examples
from shared.engine.losses import next_token_loss
from shared.engine.model import Base
from tests.engine.toys import chat, write_rows


@pytest.fixture
def examples(base: Base, tmp_path: Path) -> Examples:
    """Rows of different lengths with one, two and no further turns."""
    rows = [
        chat(("user", "a"), ("assistant", "one")),
        chat(("user", "b" * 20), ("assistant", "two"), ("user", "c"), ("assistant", "three")),
        chat(("system", "d"), ("user", "e"), ("assistant", "four")),
    ]
    return read_examples(write_rows(tmp_path / "rows.jsonl", rows), base.tokenizer, max_tokens=512)


def full_logits_loss(base: Base, batch: Batch) -> torch.Tensor:
    """The textbook way: every logit, then an ignored label where nothing counts."""
    logits = base.network(input_ids=batch.ids, attention_mask=batch.attended).logits
    labels = batch.ids.masked_fill(~batch.trained, -100)
    return cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten(), reduction="mean")


class TestHeadAtLossPositions:
    def test_equals_full_logits(self, base: Base, examples: Examples) -> None:
        """Running the output head only where there is a loss gives the loss of all logits."""
        batch = examples.batch([0, 1, 2])

        loss = next_token_loss(base.network, batch)

        torch.testing.assert_close(loss.mean, full_logits_loss(base, batch))

    def test_counts_each_trained_token_once(self, base: Base, examples: Examples) -> None:
        """As many tokens are counted as the masks of the rows say."""
        loss = next_token_loss(base.network, examples.batch([0, 1, 2]))

        assert loss.n_tokens == examples.n_trained_tokens

    def test_batch_is_sum_of_its_rows(self, base: Base, examples: Examples) -> None:
        """Padding changes nothing: rows together lose what they lose one by one."""
        together = next_token_loss(base.network, examples.batch([0, 1, 2])).total

        alone = sum(next_token_loss(base.network, examples.batch([row])).total for row in range(3))

        torch.testing.assert_close(together, alone)


class TestMaskedTokens:
    def test_give_no_gradient(self, base: Base, examples: Examples) -> None:
        """The logits of positions that predict user text or padding get no gradient."""
        base.network.requires_grad_(requires_grad=True)
        batch = examples.batch([0, 1])
        head = base.network.get_output_embeddings()
        seen: list[torch.Tensor] = []
        head.register_full_backward_hook(lambda _module, _inputs, outputs: seen.append(outputs[0]))

        next_token_loss(base.network, batch).mean.backward()

        is_predicting = batch.trained[:, 1:]
        touched = seen[0].abs().sum(dim=-1) > 0
        assert torch.equal(touched, is_predicting[:, is_predicting.any(dim=0)])

    def test_user_text_after_the_answer_does_not_matter(self, base: Base, tmp_path: Path) -> None:
        """What the user says after the last trained turn changes no loss."""
        rows = [
            chat(("user", "a"), ("assistant", "one"), ("user", "b"), ("assistant", "x")),
            chat(("user", "a"), ("assistant", "one"), ("user", "z"), ("assistant", "x")),
        ]
        for row in rows:
            row["messages"][-1]["weight"] = 0
        examples = read_examples(write_rows(tmp_path / "rows.jsonl", rows), base.tokenizer, max_tokens=512)

        losses = [next_token_loss(base.network, examples.batch([row])).total for row in (0, 1)]

        torch.testing.assert_close(losses[0], losses[1])
