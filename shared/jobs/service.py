"""Use cases of jobs that a request asks for: create and look. Stopping is steering.py; how a job runs, progress.py."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from shared import clock
from shared.connections.errors import UnknownModelError
from shared.connections.service import Route, route_model
from shared.errors import InvalidInputError
from shared.files import service as files
from shared.ids import Prefix, new_id
from shared.jobs import events, methods, naming, repository
from shared.jobs.errors import JobNotFoundError, ModelNotTrainableError, UnusableFileError
from shared.jobs.states import JobStatus
from shared.jobs.tables import Checkpoint, Job, JobEvent, ResumePoint
from shared.outbox.add import add_work
from shared.providers import openai_wire
from shared.settings import Settings
from shared.tasks import Work
from shared.tenants.service import Principal

_MAX_SEED = 2**31 - 1


@dataclass(frozen=True)
class JobRequest:
    """What a client asked for, already checked for form."""

    model: str
    training_file: str
    validation_file: str | None = None
    method: str = methods.SUPERVISED
    hyperparameters: dict[str, Any] = field(default_factory=dict)
    "Those of the method, and others that only a provider may know."
    hyperparameters_place: str = "hyperparameters"
    "Where in the request they were, for refusals."
    method_settings: dict[str, Any] | None = None
    integrations: list[dict[str, Any]] | None = None
    suffix: str | None = None
    seed: int | None = None
    labels: dict[str, str] | None = None
    connection: str | None = None
    "Id or name of who is to train it; `engine` for this service. None: the model's name decides."
    asked: dict[str, Any] = field(default_factory=dict)
    "`method`, `hyperparameters` and `integrations` as they came, for a provider that makes sense of them itself."


def create_job(session: Session, principal: Principal, request: JobRequest, *, settings: Settings) -> Job:
    """Accept a job and ask for the check of its files. Data errors fail the job later; they do not refuse it here."""
    route = _find_route(session, principal, request, settings)
    if route.connection_id is None:
        _require_engine_serves(request)
    _require_training_data(session, principal.project_id, request.training_file, "training_file")
    if request.validation_file is not None:
        _require_training_data(session, principal.project_id, request.validation_file, "validation_file")
    job = Job(
        id=new_id(Prefix.JOB),
        project_id=principal.project_id,
        organization_id=principal.organization_id,
        status=JobStatus.VALIDATING_FILES,
        model=request.model,
        training_file=request.training_file,
        validation_file=request.validation_file,
        connection_id=route.connection_id,
        method=request.method,
        method_settings=request.method_settings,
        hyperparameters=request.hyperparameters,
        integrations=request.integrations,
        seed=secrets.randbelow(_MAX_SEED) if request.seed is None else request.seed,
        suffix=request.suffix,
        labels=request.labels,
        tuned_model=naming.tuned_model_name(request.model, principal.project_slug, request.suffix),
        created_at=clock.now_seconds(),
    )
    session.add(job)
    session.flush()
    if route.connection_id is not None:
        _prepare_for_provider(session, job, route, request.asked)
    opening = [events.created(job.id), events.validating(job.training_file, job.validation_file)]
    events.append_events(session, job, opening)
    add_work(session, kind=Work.VALIDATE_JOB, project_id=job.project_id, subject_id=job.id)
    return job


def find_job(session: Session, project_id: str, job_id: str) -> Job | None:
    return repository.find_job(session, project_id, job_id)


def find_resume_point(session: Session, project_id: str, job_id: str) -> ResumePoint | None:
    return repository.find_resume_point(session, project_id, job_id)


def find_moderation_failed_at(session: Session, project_id: str, job_id: str) -> int | None:
    """Since when the job waits for a moderation that has not judged its files; None if it does not."""
    return repository.find_first_told(session, project_id, job_id, key_prefix=events.MODERATION_FAILED)


def list_metrics(session: Session, project_id: str, job_id: str) -> list[dict[str, Any]]:
    """The data of every metrics event, oldest first."""
    return repository.list_metrics(session, project_id, job_id)


def get_job(session: Session, project_id: str, job_id: str) -> Job:
    """Raises JobNotFoundError, for a stranger's job too."""
    job = repository.find_job(session, project_id, job_id)
    if job is None:
        raise JobNotFoundError(job_id)
    return job


def list_jobs(
    session: Session,
    project_id: str,
    *,
    after: str | None,
    limit: int,
    labels: dict[str, str] | None = None,
    unlabelled: bool = False,
) -> list[Job]:
    """Newest first. Every given label must match; `unlabelled` asks for jobs that carry none."""
    return repository.list_jobs(
        session, project_id, after=after, limit=limit, labels=labels or {}, unlabelled=unlabelled
    )


def models_in_training_system(session: Session, connection_id: str) -> list[tuple[str, str]]:
    """Project and base model of every unfinished job at a connection."""
    return repository.models_in_training_system(session, connection_id)


def list_events(session: Session, project_id: str, job_id: str, *, after: str | None, limit: int) -> list[JobEvent]:
    """Newest first, from the one behind `after` on; an `after` that is no event of this job gives an empty page."""
    get_job(session, project_id, job_id)
    before = None
    if after is not None:
        cursor = repository.find_event(session, project_id, job_id, after)
        if cursor is None:
            return []
        before = cursor.sequence
    return repository.list_events(session, project_id, job_id, before=before, limit=limit)


def list_checkpoints(
    session: Session, project_id: str, job_id: str, *, after: str | None, limit: int
) -> list[Checkpoint]:
    """Newest first."""
    get_job(session, project_id, job_id)
    return repository.list_checkpoints(session, project_id, job_id, after=after, limit=limit)


def _find_route(session: Session, principal: Principal, request: JobRequest, settings: Settings) -> Route:
    try:
        return route_model(
            session,
            principal.organization_id,
            principal.project_id,
            request.model,
            connection=request.connection,
            settings=settings,
        )
    except UnknownModelError as error:
        known = ", ".join(settings.base_models)
        raise ModelNotTrainableError(
            f"The model `{request.model[:120]}` is not available for fine-tuning here. Models that are: {known}; "
            "and those of connections (/api/v1/connections).",
            param="model",
        ) from error


def _require_engine_serves(request: JobRequest) -> None:
    """The engine trains less than a provider may, and tells so before anything is checked."""
    elsewhere = "Models of a connection (/api/v1/connections) may have it."
    if request.method != methods.SUPERVISED:
        raise InvalidInputError(
            f"The engine here trains `{methods.SUPERVISED}` only, and the method asked for is `{request.method}`. "
            + elsewhere,
            param="method.type",
            code="unsupported_method",
        )
    if extended := methods.extended_names(request.method, request.hyperparameters):
        param = f"{request.hyperparameters_place}.{extended[0]}"
        raise InvalidInputError(
            f"Unrecognized request argument supplied: {param}. The engine here has no such hyperparameter. {elsewhere}",
            param=param,
            code="unknown_parameter",
        )
    if request.integrations:
        raise InvalidInputError(
            f"The engine here has no integrations. Leave `integrations` out. {elsewhere}",
            param="integrations",
            code="unsupported_integration",
        )


def _prepare_for_provider(session: Session, job: Job, route: Route, asked: dict[str, Any]) -> None:
    if len(job.labels or {}) > openai_wire.LABELS_LEFT:
        raise InvalidInputError(
            f"metadata has {len(job.labels or {})} pairs. A job at a provider takes at most {openai_wire.LABELS_LEFT}: "
            "one more is used to recognise the job there.",
            param="metadata",
        )
    openai_wire.prepare(
        session,
        job.project_id,
        job.id,
        connection_id=str(route.connection_id),
        upstream_model=route.upstream_model,
        asked=asked,
    )


def _require_training_data(session: Session, project_id: str, file_id: str, param: str) -> None:
    file = files.find_file(session, project_id, file_id)
    if file is None:
        raise UnusableFileError(
            f"{param} names {file_id[:80]}, and there is no such file. Upload it with purpose `fine-tune` first.",
            param=param,
            code="file_not_found",
        )
    if file.purpose != "fine-tune":
        raise UnusableFileError(
            f"{param} {file_id} was uploaded with purpose `{file.purpose}`; a job needs `fine-tune`.",
            param=param,
        )
