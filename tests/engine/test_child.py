"""The training process, from outside."""

from pathlib import Path

from shared.engine import protocol
from shared.engine.checkpoint import checkpoint_folder
from shared.engine.hooks import SilentHooks
from shared.engine.run import run
from tests.engine.child_process import ChildProcess, write_run
from tests.engine.conftest import MakeConfig
from tests.engine.toys import adapter_weights


class TestRun:
    def test_killed_and_resumed(self, make_config: MakeConfig) -> None:
        """A process killed mid-epoch and replaced by another ends with the bits of an undisturbed run."""
        undisturbed = run(make_config(run="undisturbed"), SilentHooks())
        run_dir = write_run(make_config(run="killed", resume_every_steps=3))
        with ChildProcess(run_dir) as child:
            child.read_until(protocol.SavedCheckpoint)
            child.kill()
            child.exit_status()
        write_run(make_config(run="killed", resume_every_steps=3), resume=checkpoint_folder(run_dir, 3))

        with ChildProcess(run_dir) as child:
            messages = child.read_until(protocol.Finished)
            status = child.exit_status()

        finished = messages[-1]
        assert isinstance(finished, protocol.Finished)
        assert (status, finished.steps, finished.stopped) == (0, 10, False)
        assert finished.peak_memory_bytes > 2**20
        assert adapter_weights(finished.final_checkpoint) == adapter_weights(undisturbed.final_checkpoint)
        kinds = [type(message) for message in messages]
        assert kinds[:3] == [protocol.Loading, protocol.Loaded, protocol.Started]

    def test_stop(self, make_config: MakeConfig) -> None:
        """The word `stop` ends the run after a step, with a point to resume from."""
        run_dir = write_run(make_config(n_epochs=500))
        with ChildProcess(run_dir) as child:
            child.read_until(protocol.StepMetrics)

            child.ask_to_stop()

            finished = child.read_until(protocol.Finished)[-1]
            assert isinstance(finished, protocol.Finished)
            assert finished.stopped
            assert finished.final_checkpoint == str(checkpoint_folder(run_dir, finished.steps))
            assert child.exit_status() == 0

    def test_supervisor_gone(self, make_config: MakeConfig) -> None:
        """When the supervisor dies the process ends at once: its lease will be another's."""
        with ChildProcess(write_run(make_config())) as child:
            child.read_until(protocol.Loading)

            child.abandon()

            assert child.exit_status() == 3


class TestFailure:
    def test_no_configuration(self, tmp_path: Path) -> None:
        """A run folder without a configuration is told, not crashed on."""
        with ChildProcess(tmp_path) as child:
            failed = child.read_until(protocol.Failed)[-1]

            assert isinstance(failed, protocol.Failed)
            assert (failed.code, child.exit_status()) == ("invalid_configuration", 1)
            assert "config.json" in failed.message

    def test_bad_configuration(self, make_config: MakeConfig) -> None:
        """A configuration that cannot train fails the run, naming the field."""
        run_dir = write_run(make_config())
        text = (run_dir / "config.json").read_text().replace('"n_epochs": 2', '"n_epochs": 0')
        (run_dir / "config.json").write_text(text)
        with ChildProcess(run_dir) as child:
            failed = child.read_until(protocol.Failed)[-1]

            assert isinstance(failed, protocol.Failed)
            assert failed.code == "invalid_configuration"
            assert failed.message.startswith("n_epochs must be")
