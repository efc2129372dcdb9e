"""Checkpoints: what lies in them, and that going on from one changes nothing."""

import json
from pathlib import Path

import pytest

from shared.engine.errors import InvalidCheckpointError
from shared.engine.hooks import SilentHooks
from shared.engine.run import run
from tests.engine.conftest import MakeConfig
from tests.engine.toys import RecordingHooks, adapter_weights


class TestSaving:
    def test_one_published_checkpoint_an_epoch(self, make_config: MakeConfig) -> None:
        """Epoch ends are published; steps in between give resume points that are not."""
        hooks = RecordingHooks()

        run(make_config(resume_every_steps=2), hooks)

        saved = [(checkpoint.step, checkpoint.published) for checkpoint in hooks.checkpoints]
        assert saved == [(2, False), (4, False), (5, True), (6, False), (8, False), (10, True)]

    def test_carries_the_metrics_of_its_step(self, make_config: MakeConfig) -> None:
        """A checkpoint shows the metrics of the step it was made after, by their wire names."""
        hooks = RecordingHooks()

        run(make_config(), hooks)

        assert hooks.checkpoints[-1].metrics == hooks.steps[-1].wire_metrics()
        assert hooks.checkpoints[-1].metrics["full_valid_loss"] == hooks.steps[-1].full_valid_loss

    def test_adapter_is_in_pefts_format(self, make_config: MakeConfig) -> None:
        """The adapter folder holds the two files that peft and vLLM read, and nothing else."""
        result = run(make_config(n_epochs=1), SilentHooks())

        assert result.final_checkpoint is not None
        files = {file.name for file in (result.final_checkpoint / "adapter").iterdir()}
        assert files == {"adapter_model.safetensors", "adapter_config.json"}

    def test_names_the_base_by_its_source(self, make_config: MakeConfig) -> None:
        """The adapter's configuration names the base model as it was configured, and no other place."""
        config = make_config(n_epochs=1)
        result = run(config, SilentHooks())

        assert result.final_checkpoint is not None
        document = json.loads((result.final_checkpoint / "adapter" / "adapter_config.json").read_text())
        assert document["base_model_name_or_path"] == config.base
        assert config.run_dir not in json.dumps(document)

    def test_nothing_unfinished_is_left(self, make_config: MakeConfig) -> None:
        """Only complete checkpoints are to be seen in the run folder."""
        config = make_config()

        run(config, SilentHooks())

        names = sorted(path.name for path in (Path(config.run_dir) / "checkpoints").iterdir())
        assert names == ["step-000005", "step-000010"]


class TestResuming:
    @pytest.mark.parametrize("step", [3, 5, 7], ids=["middle of an epoch", "end of an epoch", "middle of the second"])
    def test_ends_as_if_never_stopped(self, make_config: MakeConfig, step: int) -> None:
        """A run stopped and resumed ends with the bits, the metrics and the token count of one that ran through."""
        through, first, second = RecordingHooks(), RecordingHooks(stop_after=step), RecordingHooks()
        whole = run(make_config(run="whole"), through)

        stopped = run(make_config(run="part"), first)
        resumed = run(make_config(run="rest"), second, stopped.final_checkpoint)

        assert adapter_weights(resumed.final_checkpoint) == adapter_weights(whole.final_checkpoint)
        assert resumed.trained_tokens == whole.trained_tokens
        losses = [metrics.train_loss for metrics in (*first.steps, *second.steps)]
        assert losses == [metrics.train_loss for metrics in through.steps]

    def test_says_where_it_starts(self, make_config: MakeConfig) -> None:
        """A resumed run announces how many steps were done before."""
        stopped = run(make_config(), RecordingHooks(stop_after=4))
        hooks = RecordingHooks()

        run(make_config(), hooks, stopped.final_checkpoint)

        assert hooks.started["start_step"] == 4
        assert hooks.steps[0].step == 5

    def test_finished_run(self, make_config: MakeConfig) -> None:
        """Resuming from the last checkpoint of a finished run has nothing to do and says so."""
        done = run(make_config(), SilentHooks())
        hooks = RecordingHooks()

        again = run(make_config(), hooks, done.final_checkpoint)

        assert hooks.steps == []
        assert (again.steps, again.final_checkpoint) == (done.steps, done.final_checkpoint)

    def test_paths_and_threads_may_differ(self, make_config: MakeConfig) -> None:
        """Another host may go on in other folders, with another resume interval."""
        stopped = run(make_config(), RecordingHooks(stop_after=4))

        result = run(make_config(run="elsewhere", resume_every_steps=3), SilentHooks(), stopped.final_checkpoint)

        assert result.steps == 10

    @pytest.mark.parametrize("change", [{"seed": 8}, {"n_epochs": 3}, {"batch_size": 5}, {"lora_dropout": 0.2}])
    def test_refuses_another_configuration(self, make_config: MakeConfig, change: dict[str, float]) -> None:
        """A checkpoint of another configuration is refused instead of giving weights that nothing explains."""
        stopped = run(make_config(), RecordingHooks(stop_after=4))

        with pytest.raises(InvalidCheckpointError, match="another configuration"):
            run(make_config(**change), SilentHooks(), stopped.final_checkpoint)

    def test_refuses_another_training_file(self, make_config: MakeConfig) -> None:
        """The same configuration on other rows is another run."""
        stopped = run(make_config(), RecordingHooks(stop_after=4))
        config = make_config()
        Path(config.training_file).write_text(Path(config.training_file).read_text().replace("ok:", "no:"))

        with pytest.raises(InvalidCheckpointError, match="another training file"):
            run(config, SilentHooks(), stopped.final_checkpoint)

    @pytest.mark.parametrize(
        "file",
        ["adapter/adapter_model.safetensors", "state/loop.json", "state/optimizer.pt", "state/random.safetensors"],
    )
    def test_broken_checkpoint(self, make_config: MakeConfig, file: str) -> None:
        """A checkpoint with a broken file is refused with advice."""
        stopped = run(make_config(), RecordingHooks(stop_after=4))
        assert stopped.final_checkpoint is not None
        (stopped.final_checkpoint / file).write_bytes(b"\x80\x04\x95 not what it was")

        with pytest.raises(InvalidCheckpointError, match="resume from an older one"):
            run(make_config(), SilentHooks(), stopped.final_checkpoint)
