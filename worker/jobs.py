"""Validating a job: files are read, hyperparameters resolved; it is queued, or failed with the lines named."""

from typing import Any

from sqlmodel import Session

from shared.engine import hyperparameters
from shared.jobs import progress
from shared.jobs import service as jobs
from shared.jobs.failure import JobFailure
from shared.jobs.states import JobStatus
from shared.jobs.tables import Job
from shared.outbox.claim import Claim
from worker.datasets.checks import LONGEST_CHECK_SECONDS
from worker.job_data import Waiting, judge_data
from worker.task import Handler
from worker.unit import WorkUnit


def validate_job(unit: WorkUnit) -> None:
    """Move a job from `validating_files` to `queued` or `failed`."""
    with unit.database.reading() as session:
        job = jobs.find_job(session, unit.project_id, unit.subject_id)
    if job is None or job.status != JobStatus.VALIDATING_FILES:
        with unit.finishing():
            return
    verdict = judge_data(unit, job)
    if isinstance(verdict, Waiting):
        with unit.deferring(due_at=verdict.until, blameless=True) as session:
            progress.tell_while_validating(session, unit.project_id, job.id, verdict.told)
        return
    with unit.finishing() as session:
        if verdict.failure is not None:
            progress.mark_failed(session, unit.project_id, job.id, verdict.failure)
            return
        progress.mark_validated(
            session,
            unit.project_id,
            job.id,
            hyperparameters=_resolve(job, n_examples=verdict.n_examples),
            warnings=verdict.warnings,
        )


def _resolve(job: Job, *, n_examples: int) -> dict[str, Any]:
    if job.connection_id is not None:
        # What `auto` means is for the provider to say.
        return job.hyperparameters
    asked = {
        name: job.hyperparameters.get(name, "auto") for name in ("n_epochs", "batch_size", "learning_rate_multiplier")
    }
    resolved = hyperparameters.resolve(n_examples=n_examples, **asked)
    return {
        "n_epochs": resolved.n_epochs,
        "batch_size": resolved.batch_size,
        "learning_rate_multiplier": resolved.learning_rate_multiplier,
    }


def _give_up(session: Session, claim: Claim, _reason: str) -> None:
    told = f"The files could not be validated, by a fault of the service ({claim.work_id}). Create the job again."
    failure = JobFailure("server_error", told)
    progress.mark_failed(session, claim.project_id, claim.subject_id, failure)


VALIDATE_JOB = Handler(run=validate_job, give_up=_give_up, longest_seconds=LONGEST_CHECK_SECONDS)
