"""Writing down what the engine says: steps as events, states as objects and rows, the end as model and result file."""

import shutil
import time
from pathlib import Path

from shared import clock
from shared.engine import protocol
from shared.files import service as files
from shared.jobs import progress
from shared.jobs import service as jobs
from shared.jobs.progress import StoredCheckpoint
from shared.jobs.results import FILENAME, render_csv
from shared.jobs.tables import Job
from worker.unit import WorkUnit

LastWord = protocol.Finished | protocol.Failed


class TrainingRecord:
    """What one run has told so far. Every method commits under the fence or raises ClaimLostError."""

    def __init__(self, unit: WorkUnit, job: Job) -> None:
        self._unit = unit
        self._job = job
        self._total_steps = 0
        self._started = (0, time.monotonic())

    def take(self, batch: list[protocol.AnyMessage]) -> LastWord | None:
        """Record messages in their order; the last word, if it is among them."""
        steps: list[protocol.StepMetrics] = []
        for message in batch:
            match message:
                case protocol.Started():
                    self._total_steps = message.total_steps
                    self._started = (message.start_step, time.monotonic())
                case protocol.StepMetrics():
                    steps.append(message)
                case protocol.SavedCheckpoint():
                    # A checkpoint's event stands behind the events of the steps that led to it.
                    self._record_steps(steps)
                    steps = []
                    self._store_checkpoint(message)
                case protocol.Finished() | protocol.Failed():
                    self._record_steps(steps)
                    return message
                case _:
                    pass
        self._record_steps(steps)
        return None

    def finish(self, last: protocol.Finished) -> None:
        """Write the result file and end the job well."""
        unit, job = self._unit, self._job
        with unit.database.reading() as session:
            metrics = jobs.list_metrics(session, unit.project_id, job.id)
        key = f"jobs/{unit.project_id}/{job.id}/{FILENAME}"
        with unit.store.writer(key) as writer:
            writer.write(render_csv(metrics))
            stored = writer.commit()
        with unit.finishing() as session:
            result = files.create_result_file(
                session, unit.project_id, object_key=key, filename=FILENAME, stored=stored
            )
            progress.mark_succeeded(
                session, unit.project_id, job.id, trained_tokens=last.trained_tokens, result_file=result.id
            )

    def _record_steps(self, steps: list[protocol.StepMetrics]) -> None:
        if not steps:
            return
        with self._unit.database.transaction() as session:
            self._unit.require_claim(session)
            progress.record_steps(
                session,
                self._unit.project_id,
                self._job.id,
                steps=[{**step.wire_metrics(), "total_steps": step.total_steps} for step in steps],
                estimated_finish=self._estimate_finish(steps[-1].step),
            )

    def _store_checkpoint(self, saved: protocol.SavedCheckpoint) -> None:
        unit, job = self._unit, self._job
        prefix = f"jobs/{unit.project_id}/{job.id}/step-{saved.step:06d}"
        folder = Path(saved.path)
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            unit.store.put_file(f"{prefix}/{path.relative_to(folder).as_posix()}", path)
        stored = StoredCheckpoint(
            step=saved.step,
            total_steps=self._total_steps,
            published=saved.published,
            metrics=dict(saved.metrics),
            object_prefix=prefix,
        )
        with unit.progressing() as session:
            outdated = progress.record_checkpoint(session, unit.project_id, job.id, stored)
        if outdated is not None:
            unit.store.delete_prefix(outdated)
        shutil.rmtree(folder, ignore_errors=True)

    def _estimate_finish(self, step: int) -> int | None:
        first, since = self._started
        if step <= first:
            return None
        seconds_a_step = (time.monotonic() - since) / (step - first)
        return int(clock.now() + (self._total_steps - step) * seconds_a_step)
