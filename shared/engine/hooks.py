"""What the loop tells the outside, and the one thing it asks. Importable without torch."""

from typing import Protocol

from shared.engine.protocol import Loaded, SavedCheckpoint, StepMetrics


class Hooks(Protocol):
    """Called from the training thread; whatever these do, the next step waits for it."""

    def on_loaded(self, info: Loaded) -> None:
        """Model and data are in memory."""

    def on_start(self, *, total_steps: int, n_examples: int, start_step: int) -> None:
        """The first step comes next."""

    def on_step(self, metrics: StepMetrics) -> None:
        """A step is done."""

    def on_checkpoint(self, checkpoint: SavedCheckpoint) -> None:
        """A checkpoint lies complete on disk."""

    def should_stop(self) -> bool:
        """Asked after every step; True ends the run with a resume point."""
        ...


class SilentHooks:
    """Hears everything, says nothing, never stops."""

    def on_loaded(self, info: Loaded) -> None:
        pass

    def on_start(self, *, total_steps: int, n_examples: int, start_step: int) -> None:
        pass

    def on_step(self, metrics: StepMetrics) -> None:
        pass

    def on_checkpoint(self, checkpoint: SavedCheckpoint) -> None:
        pass

    def should_stop(self) -> bool:
        return False
