"""The one place where jobs and the engine meet: a supervisor that feeds, watches and obeys.

The child trains; this process holds the claim, writes events and checkpoints as they come, and ends the child within a
heartbeat of a cancel. After a crash of either, the next claim goes on from the newest stored state, and its events and
model are those of a run that was never disturbed.
"""

import json
import shutil
import time
from pathlib import Path

import structlog
from sqlmodel import Session

from shared import clock
from shared.engine import protocol
from shared.engine.config import TrainConfig
from shared.files import service as files
from shared.files.tables import File
from shared.jobs import progress
from shared.jobs import service as jobs
from shared.jobs.failure import JobFailure
from shared.jobs.states import JobStatus
from shared.jobs.tables import Job, ResumePoint
from shared.outbox.claim import Claim
from worker.engine_process import EngineProcess
from worker.heartbeat import Heartbeat
from worker.shutdown import stopping
from worker.task import Handler
from worker.training_record import TrainingRecord
from worker.unit import WorkUnit

log = structlog.get_logger(__name__)

_PAUSE_SECONDS = 0.3
_PAUSE_CHECK_SECONDS = 1.0
"Between looks at whether a client wants the job paused."
_LAST_WORDS_LINES = 20


class EngineDiedError(Exception):
    """The child ended without a last word: killed, out of memory, or broken. Trying again may help."""


def train_job(unit: WorkUnit) -> None:
    """Train a queued job, or go on with one whose worker died."""
    with unit.database.reading() as session:
        job = jobs.find_job(session, unit.project_id, unit.subject_id)
        resume_point = jobs.find_resume_point(session, unit.project_id, unit.subject_id)
    if job is None or job.status not in {JobStatus.QUEUED, JobStatus.RUNNING}:
        with unit.finishing():
            return
    run_dir = unit.settings.data_dir.absolute() / "work" / f"{job.id}-{unit.claim.fence}"
    try:
        with Heartbeat(unit) as heartbeat:
            _start(unit, job, resume_point)
            _prepare(unit, job, resume_point, run_dir)
            _supervise(unit, job, run_dir, heartbeat)
    finally:
        shutil.rmtree(run_dir, ignore_errors=True)


def _start(unit: WorkUnit, job: Job, resume_point: ResumePoint | None) -> None:
    with unit.database.transaction() as session:
        unit.require_claim(session)
        progress.mark_running(session, unit.project_id, job.id)
    if resume_point is not None:
        log.info("training.resumed", step=resume_point.step_number)


def _prepare(unit: WorkUnit, job: Job, resume_point: ResumePoint | None, run_dir: Path) -> None:
    """Lay out the run folder: data, configuration and, after an interruption, the state to go on from."""
    run_dir.mkdir(parents=True, exist_ok=True)
    training_file = _fetch(unit, job.training_file, run_dir / "training.jsonl")
    validation_file = None
    if job.validation_file is not None:
        validation_file = _fetch(unit, job.validation_file, run_dir / "validation.jsonl")
    config = TrainConfig(
        base=unit.settings.base_models[job.model],
        training_file=training_file,
        validation_file=validation_file,
        run_dir=str(run_dir),
        models_dir=str(unit.settings.data_dir.absolute() / "models"),
        seed=job.seed,
        max_sequence_tokens=unit.settings.max_sequence_tokens,
        device=unit.settings.train_device,
        threads=unit.settings.train_threads,
        resume_every_steps=unit.settings.resume_every_steps,
        **job.hyperparameters,
    )
    document = json.loads(config.to_json())
    if resume_point is not None:
        resume_dir = run_dir / "resume"
        for key in unit.store.list(resume_point.object_prefix):
            path = resume_dir / key.removeprefix(resume_point.object_prefix + "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            unit.store.fetch(key, path)
        document["resume"] = str(resume_dir)
    (run_dir / "config.json").write_text(json.dumps(document))


def _fetch(unit: WorkUnit, file_id: str, path: Path) -> str:
    with unit.database.reading() as session:
        file: File | None = files.find_file_even_deleted(session, unit.project_id, file_id)
    if file is None:
        raise RuntimeError(f"{file_id} has no row any more")
    unit.store.fetch(file.object_key, path)
    return str(path)


def _supervise(unit: WorkUnit, job: Job, run_dir: Path, heartbeat: Heartbeat) -> None:
    record = TrainingRecord(unit, job)
    source = unit.settings.base_models[job.model]
    pause_check_at = 0.0
    with EngineProcess(run_dir, source=source, threads=unit.settings.train_threads) as engine:
        for batch in engine.batches(pause_seconds=_PAUSE_SECONDS):
            heartbeat.check()
            if time.monotonic() >= pause_check_at:
                pause_check_at = time.monotonic() + _PAUSE_CHECK_SECONDS
                if _is_pause_wanted(unit):
                    engine.request_stop()
            if stopping.is_set():
                engine.request_stop()
            match record.take(batch):
                case protocol.Finished(stopped=True):
                    _hand_over(unit)
                    return
                case protocol.Finished() as finished:
                    record.finish(finished)
                    return
                case protocol.Failed() as failed:
                    log.warning(
                        "training.failed", code=failed.code, last_words=engine.last_words(lines=_LAST_WORDS_LINES)
                    )
                    _fail(unit, job, failed)
                    return
        raise EngineDiedError(f"The training process ended without a result ({engine.describe_end()})")


def _is_pause_wanted(unit: WorkUnit) -> bool:
    with unit.database.reading() as session:
        return jobs.get_job(session, unit.project_id, unit.subject_id).pause_wanted


def _hand_over(unit: WorkUnit) -> None:
    """The engine has stopped at a state that is stored: for a pause, or since our worker is shutting down."""
    if _is_pause_wanted(unit):
        log.info("training.paused")
        with unit.finishing() as session:
            progress.mark_paused(session, unit.project_id, unit.subject_id)
        return
    log.info("training.handed_over")
    with unit.deferring(due_at=clock.now(), blameless=True):
        pass


def _fail(unit: WorkUnit, job: Job, failed: protocol.Failed) -> None:
    with unit.finishing() as session:
        progress.mark_failed(session, unit.project_id, job.id, JobFailure(failed.code, failed.message))


def _give_up(session: Session, claim: Claim, _reason: str) -> None:
    told = f"Training could not be completed, by a fault of the service ({claim.work_id}). Create the job again."
    failure = JobFailure("server_error", told)
    progress.mark_failed(session, claim.project_id, claim.subject_id, failure)


TRAIN_JOB = Handler(run=train_job, give_up=_give_up, is_training=True)
