"""The rules behind "auto"."""

import pytest

from shared.engine.hyperparameters import (
    Resolved,
    auto_batch_size,
    auto_epochs,
    cookbook_epochs,
    learning_rate,
    lora_rank,
    resolve,
    steps_in,
)


class TestEpochs:
    @pytest.mark.parametrize(
        ("n_examples", "n_epochs"),
        [
            (4, 25),
            (5, 20),
            (10, 10),
            (20, 5),
            (33, 3),
            (34, 3),
            (8333, 3),
            (8334, 2),
            (12500, 2),
            (12501, 1),
            (50000, 1),
        ],
    )
    def test_cookbook_rule(self, n_examples: int, n_epochs: int) -> None:
        """Epochs follow the published rule of OpenAI's cookbook, whose values these are."""
        assert cookbook_epochs(n_examples) == n_epochs

    @pytest.mark.parametrize(("n_examples", "n_epochs"), [(4, 10), (10, 10), (20, 5), (60, 3)])
    def test_at_most_ten(self, n_examples: int, n_epochs: int) -> None:
        """The engine stops the rule at ten epochs."""
        assert auto_epochs(n_examples) == n_epochs


class TestBatchSize:
    @pytest.mark.parametrize(
        ("n_examples", "n_epochs", "batch_size"),
        [(10, 10, 3), (60, 3, 4), (1630, 3, 4), (3000, 3, 6), (50_000, 1, 16), (10, 1, 1), (200_000, 3, 31)],
    )
    def test_grows_with_the_file(self, n_examples: int, n_epochs: int, batch_size: int) -> None:
        """A fifth of a percent of the rows, within 4 and 16, as long as steps stay within 40 and 20,000."""
        assert auto_batch_size(n_examples, n_epochs) == batch_size

    def test_no_rows(self) -> None:
        """An empty file has no steps, and asking for its batch size is no error."""
        assert auto_batch_size(0, 3) == 1


class TestResolve:
    def test_all_auto(self) -> None:
        """Sixty rows become three epochs in batches of four at the plain rate."""
        assert resolve(n_examples=60) == Resolved(n_epochs=3, batch_size=4, learning_rate_multiplier=1.0)

    def test_numbers_stay(self) -> None:
        """What the user says is never changed."""
        chosen = resolve(n_examples=60, n_epochs=50, batch_size=1, learning_rate_multiplier=0.1)

        assert chosen == Resolved(n_epochs=50, batch_size=1, learning_rate_multiplier=0.1)


class TestLearningRate:
    def test_llama_rule(self) -> None:
        """An 8B Llama with full batches gets the rate of the published formula."""
        assert learning_rate(4096, "llama", 1000, 16, 1.0) == pytest.approx(2.86e-4, rel=0.01)

    def test_qwen_rule_is_capped(self) -> None:
        """Qwen's flatter formula gives 5.0e-4 at width 2048 and never more than the cap."""
        assert learning_rate(1536, "qwen2", 1000, 16, 1.0) == 5e-4

    def test_unknown_family(self) -> None:
        """Families nobody measured get the cautious 2e-4."""
        assert learning_rate(4096, "novel", 1000, 16, 1.0) == pytest.approx(2e-4)

    def test_small_batches(self) -> None:
        """The rate falls with the root of the batch, but not below a half."""
        assert learning_rate(4096, "novel", 1000, 9, 1.0) == pytest.approx(1.5e-4)
        assert learning_rate(4096, "novel", 1000, 1, 1.0) == pytest.approx(1e-4)

    def test_short_runs(self) -> None:
        """Under a hundred steps a larger rate makes up for their number."""
        assert learning_rate(4096, "novel", 99, 16, 1.0) == pytest.approx(3e-4)

    def test_tiny_base_on_a_short_run(self) -> None:
        """SmolLM2-135M (width 576) on sixty rows trains at the measured 1e-3."""
        assert learning_rate(576, "llama", 45, 4, 1.0) == pytest.approx(1e-3)

    def test_tiny_base_on_a_long_run(self) -> None:
        """The more steps there are, the closer a tiny base comes to the ordinary rule."""
        assert learning_rate(576, "llama", 4000, 4, 1.0) == pytest.approx(5e-4)
        assert learning_rate(576, "llama", 20_000, 4, 1.0) == pytest.approx(2.5e-4)

    def test_multiplier(self) -> None:
        """The user's multiplier acts on whatever the rule gives, past any cap."""
        assert learning_rate(576, "llama", 45, 4, 2.0) == pytest.approx(2e-3)


class TestRank:
    @pytest.mark.parametrize(
        ("n_examples", "tokens", "rank"), [(99, 10**8, 8), (100, 1, 16), (100, 10**6 + 1, 32), (100, 10**7 + 1, 64)]
    )
    def test_grows_with_what_is_to_be_learned(self, n_examples: int, tokens: int, rank: int) -> None:
        """More trained tokens get a larger adapter; small sets a small one."""
        assert lora_rank(n_examples, tokens) == rank


class TestSteps:
    def test_short_batch_counts(self) -> None:
        """The last batch of an epoch may be short and is a step of its own."""
        assert steps_in(10, 3, 4) == 9
