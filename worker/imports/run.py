"""What every part of an import step has in hand: its unit, its rows, the upstream, and how long it may go on."""

from dataclasses import dataclass, field

from shared import clock
from shared.imports.source import Source
from shared.imports.tables import Import, ImportStep
from worker.shutdown import stopping
from worker.unit import WorkUnit

_SLICE_SECONDS = 20.0
"""How long one claim works before it gives others of its queue a turn."""


@dataclass
class StepRun:
    unit: WorkUnit
    step: ImportStep
    running: Import
    source: Source
    until: float = field(default_factory=lambda: clock.now() + _SLICE_SECONDS)

    @property
    def project_id(self) -> str:
        return self.step.project_id

    @property
    def import_id(self) -> str:
        return self.step.import_id

    @property
    def has_time(self) -> bool:
        """False once this claim should end: its slice is over, or the worker is being stopped."""
        return clock.now() < self.until and not stopping.is_set()
