"""One builder for each kind of row a test starts from. Each joins the caller's transaction."""

from typing import Any

from sqlmodel import Session

from shared.files import service as files
from shared.files.service import ReceivedFile
from shared.files.tables import File
from shared.ids import Prefix, new_id
from shared.jobs import progress
from shared.jobs import service as jobs
from shared.jobs.progress import StoredCheckpoint
from shared.jobs.service import JobRequest
from shared.jobs.tables import Job
from shared.settings import Settings
from shared.storage.protocol import StoredObject
from shared.tenants.service import Principal

SHA256_OF_NOTHING_REAL = "5" * 64
HYPERPARAMETERS = {"n_epochs": 1, "batch_size": 1, "learning_rate_multiplier": 1.0}


def add_file(session: Session, project_id: str, *, filename: str = "train.jsonl", **received: Any) -> File:
    """A file whose bytes nobody has written; `received` overrides fields of ReceivedFile."""
    file_id = new_id(Prefix.FILE)
    fields: dict[str, Any] = {
        "file_id": file_id,
        "object_key": files.object_key(project_id, file_id),
        "filename": filename,
        "purpose": "fine-tune",
        "stored": StoredObject(size_bytes=10, sha256=SHA256_OF_NOTHING_REAL),
    }
    return files.create_file(session, project_id, ReceivedFile(**(fields | received)))


def add_job(session: Session, principal: Principal, settings: Settings, **request: Any) -> Job:
    """A job that waits for its files to be checked, with a new training file unless `request` names one."""
    if "training_file" not in request:
        request["training_file"] = add_file(session, principal.project_id).id
        session.flush()
    return jobs.create_job(session, principal, JobRequest(**({"model": "tiny"} | request)), settings=settings)


def add_running_job(session: Session, principal: Principal, settings: Settings, **request: Any) -> Job:
    """A job in training, without a step done."""
    job = add_job(session, principal, settings, **request)
    progress.mark_validated(session, job.project_id, job.id, hyperparameters=HYPERPARAMETERS, warnings=[])
    return progress.mark_running(session, job.project_id, job.id)


def stored_checkpoint(job: Job, *, step: int, total_steps: int, published: bool = True) -> StoredCheckpoint:
    """What a supervisor reports once a checkpoint lies in the object store."""
    return StoredCheckpoint(
        step=step,
        total_steps=total_steps,
        published=published,
        metrics={"step": float(step), "train_loss": 1.5},
        object_prefix=f"jobs/{job.project_id}/{job.id}/step-{step:06d}",
    )


def step_metrics(step: int, *, total_steps: int, **metrics: Any) -> dict[str, Any]:
    """Metrics of one step in the wire's names."""
    return {"step": step, "total_steps": total_steps, "train_loss": 1.0 / step, **metrics}
