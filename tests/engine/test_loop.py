"""train(): what one run does."""

from pathlib import Path

import pytest
import torch

from shared.engine.data import TrainingData, read_examples
from shared.engine.errors import TrainingDivergedError
from shared.engine.hooks import SilentHooks
from shared.engine.loop import train
from shared.engine.model import Base
from shared.engine.run import run
from shared.engine.setup import adapt
from tests.engine.conftest import MakeConfig
from tests.engine.toys import RecordingHooks, adapter_weights, chat, toy_rows, write_rows


class TestTraining:
    def test_learns(self, make_config: MakeConfig) -> None:
        """On toy rows the loss falls by two nats, and all that the answers share is then guessed right."""
        hooks = RecordingHooks()

        run(make_config(n_epochs=8), hooks)

        assert hooks.steps[-1].train_loss < hooks.steps[0].train_loss - 2
        assert hooks.steps[-1].full_valid_mean_token_accuracy == pytest.approx(0.8, abs=0.1)

    def test_counts_steps(self, make_config: MakeConfig) -> None:
        """Five batches an epoch for two epochs are ten steps, numbered from one."""
        hooks = RecordingHooks()

        result = run(make_config(), hooks)

        assert hooks.started == {"total_steps": 10, "n_examples": 10, "start_step": 0}
        assert [step.step for step in hooks.steps] == list(range(1, 11))
        assert [step.epoch for step in hooks.steps] == [1] * 5 + [2] * 5
        assert (result.steps, result.stopped) == (10, False)

    def test_short_last_batch(self, make_config: MakeConfig) -> None:
        """Rows that do not fill the last batch of an epoch are trained all the same."""
        hooks = RecordingHooks()

        run(make_config(batch_size=4, n_epochs=1), hooks)

        assert len(hooks.steps) == 3

    def test_trained_tokens(self, make_config: MakeConfig) -> None:
        """Billed are the tokens of the training file, once per epoch, padding and validation left out."""
        hooks = RecordingHooks()

        result = run(make_config(batch_size=3), hooks)

        assert hooks.loaded is not None
        assert result.trained_tokens == 2 * hooks.loaded.tokens_per_epoch

    def test_same_seed_same_bits(self, make_config: MakeConfig) -> None:
        """Two runs of one configuration end with equal weights, to the bit, dropout included."""
        one = run(make_config(run="one"), SilentHooks())
        two = run(make_config(run="two"), SilentHooks())

        assert adapter_weights(one.final_checkpoint) == adapter_weights(two.final_checkpoint)

    def test_other_seed_other_weights(self, make_config: MakeConfig) -> None:
        """The seed decides data order and initial adapter."""
        one = run(make_config(run="one", seed=1), SilentHooks())
        two = run(make_config(run="two", seed=2), SilentHooks())

        assert adapter_weights(one.final_checkpoint) != adapter_weights(two.final_checkpoint)

    def test_base_stays_frozen(self, base: Base, make_config: MakeConfig) -> None:
        """Training changes no weight of the base model."""
        config = make_config()
        before = {name: weight.clone() for name, weight in base.network.named_parameters()}
        data = TrainingData(read_examples(Path(config.training_file), base.tokenizer, max_tokens=64))

        train(config, data, adapt(base, config, data.training), SilentHooks())

        after = dict(base.network.named_parameters())
        unchanged = [torch.equal(before[name], after.get(name, after.get(_wrapped(name)))) for name in before]
        assert all(unchanged)

    def test_divergence_names_rows(self, base: Base, make_config: MakeConfig) -> None:
        """A loss that is not a finite number ends the run with the step and the lines of its batch."""
        config = make_config(batch_size=2)
        data = TrainingData(read_examples(Path(config.training_file), base.tokenizer, max_tokens=64))
        model = adapt(base, config, data.training)
        with torch.no_grad():
            base.network.get_input_embeddings().weight.fill_(float("nan"))

        with pytest.raises(TrainingDivergedError, match=r"step 1 .*line \d+, \d+") as caught:
            train(config, data, model, SilentHooks())

        assert len(caught.value.lines) == 2


def _wrapped(name: str) -> str:
    """The name a linear layer's weight has once an adapter wraps the layer."""
    return name.replace(".weight", ".base_layer.weight")


class TestMetrics:
    def test_epoch_end_measures_whole_validation_file(self, make_config: MakeConfig) -> None:
        """Only the last step of an epoch carries the full validation metrics."""
        hooks = RecordingHooks()

        run(make_config(), hooks)

        assert [step.step for step in hooks.steps if step.full_valid_loss is not None] == [5, 10]

    def test_every_tenth_step_looks_at_one_validation_batch(self, make_config: MakeConfig) -> None:
        """In between, one batch of the validation file is measured every ten steps."""
        hooks = RecordingHooks()

        run(make_config(n_epochs=4), hooks)

        assert [step.step for step in hooks.steps if step.valid_loss is not None] == [10, 20]

    def test_no_validation_file(self, make_config: MakeConfig) -> None:
        """Without a validation file no step and no checkpoint speaks of validation."""
        hooks = RecordingHooks()

        run(make_config(validation_file=None), hooks)

        names = {name for checkpoint in hooks.checkpoints for name in checkpoint.metrics}
        assert names == {"step", "train_loss", "train_mean_token_accuracy"}

    def test_validation_leaves_training_alone(self, make_config: MakeConfig) -> None:
        """A run ends with the same weights with and without a validation file."""
        with_validation = run(make_config(run="one"), SilentHooks())
        without = run(make_config(run="two", validation_file=None), SilentHooks())

        assert adapter_weights(with_validation.final_checkpoint) == adapter_weights(without.final_checkpoint)

    def test_rows_lost_to_truncation_are_counted(self, make_config: MakeConfig, tmp_path: Path) -> None:
        """A row whose answer starts past the limit is left out, and the run says how many there were."""
        rows = [*toy_rows(4), chat(("user", "x" * 100), ("assistant", "late"))]
        training_file = write_rows(tmp_path / "long.jsonl", rows)
        hooks = RecordingHooks()

        run(make_config(training_file=str(training_file), max_sequence_tokens=64, n_epochs=1), hooks)

        assert hooks.loaded is not None
        assert (hooks.loaded.n_examples, hooks.loaded.n_skipped, hooks.loaded.n_truncated) == (4, 1, 1)


class TestStopping:
    def test_stops_after_the_current_step(self, make_config: MakeConfig) -> None:
        """A run asked to stop ends after the step under way, with a point to resume from."""
        hooks = RecordingHooks(stop_after=3)

        result = run(make_config(), hooks)

        assert (result.steps, result.stopped) == (3, True)
        assert [(saved.step, saved.published) for saved in hooks.checkpoints] == [(3, False)]

    def test_stop_after_the_last_step_is_too_late(self, make_config: MakeConfig) -> None:
        """A run whose last step is done has succeeded, whatever is asked then."""
        result = run(make_config(), RecordingHooks(stop_after=10))

        assert result.stopped is False
