"""Validating a job: files are read, hyperparameters resolved; it is queued, or failed with the lines named."""

from typing import Any

from sqlmodel import Session

from shared.datasets.formats import find_method_mismatch
from shared.datasets.tables import DatasetReport
from shared.engine import hyperparameters
from shared.files import service as files
from shared.files.tables import File
from shared.jobs import progress
from shared.jobs import service as jobs
from shared.jobs.events import NewEvent, dataset_warning
from shared.jobs.progress import JobFailure
from shared.jobs.states import JobStatus
from shared.jobs.tables import Job
from shared.outbox.claim import Claim
from worker.datasets import LONGEST_CHECK_SECONDS, ensure_report
from worker.task import Handler
from worker.unit import WorkUnit


def validate_job(unit: WorkUnit) -> None:
    """Move a job from `validating_files` to `queued` or `failed`."""
    with unit.database.reading() as session:
        job = jobs.find_job(session, unit.project_id, unit.subject_id)
    if job is None or job.status != JobStatus.VALIDATING_FILES:
        with unit.finishing():
            return
    reports: dict[str, DatasetReport] = {}
    for param, file_id in _files_of(job):
        file = _find_file(unit, file_id)
        failure = _missing(param, file_id) if file is None else None
        if file is not None:
            reports[param] = ensure_report(unit, file)
            failure = _data_failure(param, reports[param], job, min_examples=unit.settings.min_examples)
        if failure is not None:
            with unit.finishing() as session:
                progress.mark_failed(session, unit.project_id, job.id, failure)
            return
    with unit.finishing() as session:
        progress.mark_validated(
            session,
            unit.project_id,
            job.id,
            hyperparameters=_resolve(job, n_examples=reports["training_file"].n_examples),
            warnings=_warnings(reports),
        )


def _files_of(job: Job) -> list[tuple[str, str]]:
    named = [("training_file", job.training_file)]
    return named if job.validation_file is None else [*named, ("validation_file", job.validation_file)]


def _find_file(unit: WorkUnit, file_id: str) -> File | None:
    with unit.database.reading() as session:
        return files.find_file(session, unit.project_id, file_id)


def _missing(param: str, file_id: str) -> JobFailure:
    return JobFailure(f"invalid_{param}", f"{file_id} was deleted before the job could read it.", param)


def _data_failure(param: str, report: DatasetReport, job: Job, *, min_examples: int) -> JobFailure | None:
    if report.n_errors:
        return JobFailure(f"invalid_{param}", report.summary, param)
    mismatch = find_method_mismatch(report.report.get("formats", {}), job.method)
    if mismatch is not None:
        return JobFailure(f"invalid_{param}", mismatch, param)
    if param == "training_file" and report.n_examples < min_examples:
        return JobFailure(
            "invalid_n_examples",
            f"Training file has {report.n_examples} example(s), but must have at least {min_examples} examples.",
            param,
        )
    return None


def _resolve(job: Job, *, n_examples: int) -> dict[str, Any]:
    asked = {
        name: job.hyperparameters.get(name, "auto") for name in ("n_epochs", "batch_size", "learning_rate_multiplier")
    }
    resolved = hyperparameters.resolve(n_examples=n_examples, **asked)
    return {
        "n_epochs": resolved.n_epochs,
        "batch_size": resolved.batch_size,
        "learning_rate_multiplier": resolved.learning_rate_multiplier,
    }


def _warnings(reports: dict[str, DatasetReport]) -> list[NewEvent]:
    return [
        dataset_warning(param, f"The {param.replace('_', ' ')} has {report.n_warnings} warning(s); see its report.")
        for param, report in reports.items()
        if report.n_warnings
    ]


def _give_up(session: Session, claim: Claim, _reason: str) -> None:
    told = f"The files could not be validated, by a fault of the service ({claim.work_id}). Create the job again."
    failure = JobFailure("server_error", told)
    progress.mark_failed(session, claim.project_id, claim.subject_id, failure)


VALIDATE_JOB = Handler(run=validate_job, give_up=_give_up, longest_seconds=LONGEST_CHECK_SECONDS)
