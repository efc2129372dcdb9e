"""Doing an old job again here: its data, its hyperparameters translated, on an open base, tied to what it replaces."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from shared import clock
from shared.connections.kinds import ENGINE
from shared.errors import InvalidInputError
from shared.ids import Prefix, new_id
from shared.imports import repository, service
from shared.imports.history import LABEL_JOB
from shared.imports.tables import Import, ImportedObject, ObjectKind, ObjectState, Retraining
from shared.imports.translate import translate
from shared.jobs import service as jobs
from shared.jobs.service import JobRequest
from shared.jobs.states import JobStatus
from shared.jobs.tables import Job
from shared.recordings import service as recordings
from shared.recordings.budget import Price
from shared.recordings.prompts import fingerprint
from shared.recordings.service import RecordingRequest
from shared.recordings.tables import Recording, RecordingState
from shared.settings import Settings
from shared.tenants.service import Principal

LABEL_RETRAINED = "retrained_from"
_LOST = {JobStatus.FAILED, JobStatus.CANCELLED}


class NotRetrainableError(InvalidInputError):
    """The old job lacks what a new one needs."""

    code = "job_not_retrainable"


@dataclass(frozen=True)
class RetrainRequest:
    """`labels` is a recording whose answers are the training data instead of the old job's own."""

    job: str
    base: str
    labels: str | None = None
    hyperparameters: dict[str, Any] | None = None
    suffix: str | None = None
    should_compare: bool = True
    connection: str = ENGINE
    "Who trains it; this service unless another is named."


@dataclass(frozen=True)
class Retrained:
    retraining: Retraining
    job: Job
    comparisons: list[Recording]


def retrain(
    session: Session, principal: Principal, running: Import, request: RetrainRequest, *, settings: Settings
) -> Retrained:
    """The new job. The same request gives the same job, unless that one failed or was cancelled.

    Raises JobNotFoundError, NotRetrainableError, and what creating a job raises.
    """
    old = _old_job(session, running, request.job)
    training_file = _training_file(session, running, old, request.labels)
    translated = translate(old.hyperparameters)
    chosen = translated.hyperparameters | (request.hyperparameters or {})
    key = fingerprint(
        {
            "job": old.id,
            "base": request.base,
            "connection": request.connection,
            "file": training_file,
            "hyperparameters": chosen,
        }
    )
    known = repository.lock_retraining(session, running.project_id, running.id, fingerprint=key)
    if known is not None:
        job = jobs.find_job(session, running.project_id, known.new_job)
        if job is not None and job.status not in _LOST:
            return Retrained(known, job, _comparisons_of(session, running, job))
    asked = _job_request(session, old, request, training_file, chosen)
    job = jobs.create_job(session, principal, asked, settings=settings)
    retraining = known or Retraining(
        id=new_id(Prefix.RETRAINING),
        project_id=running.project_id,
        import_id=running.id,
        fingerprint=key,
        old_job=old.id,
        new_job=job.id,
        base=request.base,
        training_file=training_file,
        hyperparameters=chosen,
        notes=translated.notes,
        created_at=clock.now_seconds(),
    )
    retraining.new_job = job.id
    session.add(retraining)
    session.flush()
    comparisons = _compare(session, running, old, job) if request.should_compare else []
    return Retrained(retraining, job, comparisons)


def list_retrainings(session: Session, project_id: str, import_id: str) -> list[Retraining]:
    """Newest first."""
    return repository.list_retrainings(session, project_id, import_id)


def find_imported_job(session: Session, running: Import, job: str) -> ImportedObject | None:
    """A copied job, by its id upstream or here."""
    found = repository.find_by_upstream_id(
        session, running.project_id, running.id, kind=ObjectKind.JOB, upstream_id=job
    ) or repository.find_by_local_id(session, running.project_id, kind=ObjectKind.JOB, local_id=job)
    return found if found is not None and found.import_id == running.id else None


def _old_job(session: Session, running: Import, job: str) -> Job:
    imported = find_imported_job(session, running, job)
    if imported is None or imported.state != ObjectState.COPIED:
        raise NotRetrainableError(
            f"{job[:80]} is no job that this import has copied. "
            f"GET /api/v1/imports/{running.id}/objects?kind=job lists them.",
            param="job",
        )
    return jobs.get_job(session, running.project_id, imported.local_id)


def _training_file(session: Session, running: Import, old: Job, labels: str | None) -> str:
    if labels is None:
        return old.training_file
    recording = recordings.get_recording(session, running.project_id, labels)
    if recording.labels_file is None:
        raise NotRetrainableError(
            f"Recording {recording.id} is {recording.state} and has no file of answers yet.", param="labels"
        )
    return recording.labels_file


def _job_request(
    session: Session, old: Job, request: RetrainRequest, training_file: str, hyperparameters: dict[str, Any]
) -> JobRequest:
    imported = repository.find_by_local_id(session, old.project_id, kind=ObjectKind.JOB, local_id=old.id)
    upstream_id = imported.upstream_id if imported is not None else ""
    has_validation = old.validation_file is not None and service.is_copied_file(
        session, old.project_id, old.validation_file
    )
    return JobRequest(
        model=request.base,
        training_file=training_file,
        validation_file=old.validation_file if has_validation else None,
        hyperparameters=hyperparameters,
        suffix=request.suffix or old.suffix,
        seed=old.seed or None,
        labels={LABEL_RETRAINED: old.id, LABEL_JOB: upstream_id},
        connection=request.connection,
        asked={"hyperparameters": hyperparameters},
    )


def _compare(session: Session, running: Import, old: Job, new: Job) -> list[Recording]:
    """Have the new model answer what the old one was asked, once it is made."""
    asked = [
        recording
        for recording in recordings.list_recordings(session, running.project_id, running.id)
        if recording.model == old.tuned_model
        and recording.follows is None
        and recording.state in {RecordingState.RUNNING, RecordingState.SUCCEEDED}
    ]
    return [compare_with(session, running, recording, new) for recording in asked]


def compare_with(session: Session, running: Import, asked: Recording, new: Job) -> Recording:
    """Put the prompts of a recording to the model that a job makes.

    A provider takes money for that, so the recording's own budget bounds it, at the old model's price: nobody knows the
    new one's yet. Our own model server takes none.
    """
    is_paid = new.connection_id is not None
    request = RecordingRequest(
        model=new.tuned_model,
        job_id=new.id,
        follows=asked.id,
        options=asked.options,
        concurrency=1,
        price=Price.of(asked.price) if is_paid and asked.price is not None else None,
        budget_tokens=asked.budget_tokens if is_paid else None,
        budget_micros=asked.budget_micros if is_paid else None,
    )
    return recordings.create_recording(session, running.project_id, import_id=running.id, request=request)


def _comparisons_of(session: Session, running: Import, new: Job) -> list[Recording]:
    return [
        recording
        for recording in recordings.list_recordings(session, running.project_id, running.id)
        if recording.model == new.tuned_model and recording.follows is not None
    ]
