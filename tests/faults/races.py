"""Two parties that want to end a job at the same moment: the client by the real API, the worker by its own code."""

from collections.abc import Callable
from contextlib import suppress

import openai
from sqlmodel import select

from shared.engine import protocol
from shared.jobs import progress
from shared.jobs import service as jobs
from shared.jobs.tables import Job
from shared.outbox.claim import ClaimLostError, claim_work
from shared.outbox.tables import WorkItem
from shared.resources import Resources
from shared.tasks import Work
from shared.webhooks.tables import Event
from tests.factories.rows import HYPERPARAMETERS, add_job, stored_checkpoint
from tests.fixtures.database import Tenant
from tests.fixtures.together import run_together
from worker.training_record import TrainingRecord
from worker.unit import WorkUnit

_LEASE_SECONDS = 60.0


def race_cancel_with_success(client: openai.OpenAI, resources: Resources, tenant: Tenant) -> tuple[str, list[str]]:
    """A trained job is recorded as succeeded while it is cancelled: its status and the webhook events about it."""
    job = _make_job(resources, tenant)
    with resources.database.transaction() as session:
        progress.mark_validated(session, job.project_id, job.id, hyperparameters=HYPERPARAMETERS, warnings=[])
        progress.mark_running(session, job.project_id, job.id)
        progress.record_checkpoint(session, job.project_id, job.id, stored_checkpoint(job, step=5, total_steps=5))
    record = TrainingRecord(_claim(resources, job, Work.TRAIN_JOB), job)
    last = protocol.Finished(
        steps=5, trained_tokens=50, stopped=False, final_checkpoint=None, peak_memory_bytes=1 << 20
    )
    return _race(client, resources, job, lambda: record.finish(last))


def race_cancel_with_validation(client: openai.OpenAI, resources: Resources, tenant: Tenant) -> tuple[str, list[str]]:
    """A job is queued while it is cancelled."""
    job = _make_job(resources, tenant)
    unit = _claim(resources, job, Work.VALIDATE_JOB)

    def queue() -> None:
        with unit.finishing() as session:
            progress.mark_validated(session, job.project_id, job.id, hyperparameters=HYPERPARAMETERS, warnings=[])

    return _race(client, resources, job, queue)


def _make_job(resources: Resources, tenant: Tenant) -> Job:
    with resources.database.transaction() as session:
        return add_job(session, tenant.principal, resources.settings)


def _claim(resources: Resources, job: Job, kind: Work) -> WorkUnit:
    """What a worker holds that does this work now."""
    mine = select(WorkItem.id).where(WorkItem.kind == kind, WorkItem.subject_id == job.id)
    with resources.database.transaction() as session:
        claim = claim_work(session, session.exec(mine).one(), lease_seconds=_LEASE_SECONDS)
    assert claim is not None, "somebody else holds the work"
    return WorkUnit(resources, claim, lease_seconds=_LEASE_SECONDS)


def _race(client: openai.OpenAI, resources: Resources, job: Job, finish: Callable[[], None]) -> tuple[str, list[str]]:
    def cancel() -> None:
        # Refused when the job has ended; any other answer is an error of this test.
        with suppress(openai.BadRequestError):
            client.fine_tuning.jobs.cancel(job.id)

    def work() -> None:
        with suppress(ClaimLostError):
            finish()

    run_together([cancel, work])
    with resources.database.reading() as session:
        told = [event.type for event in session.exec(select(Event)) if job.id in event.body]
        return jobs.get_job(session, job.project_id, job.id).status, told
