"""What tests of jobs do and look at, each in a transaction of its own."""

from collections.abc import Callable
from typing import Any

from sqlmodel import select

from shared.db.session import Database
from shared.jobs import progress, service, steering
from shared.jobs.failure import JobFailure
from shared.jobs.progress import StoredCheckpoint
from shared.jobs.tables import Checkpoint, Job
from shared.models import service as models
from shared.models.service import ServingTarget
from shared.outbox.tables import WorkItem
from shared.settings import Settings
from shared.webhooks.tables import Event
from tests.factories.rows import HYPERPARAMETERS, step_metrics
from tests.fixtures.database import Tenant

JobMaker = Callable[..., Job]
AWKWARD_LABELS = {
    "plain": "value",
    'qu"ote': "1",
    "apo'strophe": "2",
    "dot.ted": "3",
    "brackets[0]": "4",
    "$.path": "5",
    "back\\slash": "6",
    "spaced out": "7",
    "ünïcödé 日本 🎉": "8",
    "percent%_": "9",
    "0": "10",
    "null": "null",
    "empty": "",
    "value": 'with "quotes" and \\ and 日本',
}
"Keys and values that path languages and quoting rules stumble over."


def listed(database: Database, tenant: Tenant, **filters: Any) -> list[str]:
    asked: dict[str, Any] = {"after": None, "limit": 100} | filters
    with database.reading() as session:
        return [job.id for job in service.list_jobs(session, tenant.project_id, **asked)]


def get(database: Database, job: Job, tenant: Tenant) -> Job:
    with database.reading() as session:
        return service.get_job(session, tenant.project_id, job.id)


def cancel(database: Database, job: Job, tenant: Tenant) -> Job:
    with database.transaction() as session:
        return steering.cancel_job(session, tenant.project_id, job.id)


def work_of(database: Database, job: Job) -> dict[str, str]:
    """The state of each unit of work about a job, by kind."""
    with database.reading() as session:
        return {work.kind: work.state for work in session.exec(select(WorkItem).where(WorkItem.subject_id == job.id))}


def reload(database: Database, job: Job) -> Job:
    with database.reading() as session:
        return service.get_job(session, job.project_id, job.id)


def messages(database: Database, job: Job) -> list[str]:
    """Texts of all events, oldest first, without the two every job begins with."""
    with database.reading() as session:
        found = service.list_events(session, job.project_id, job.id, after=None, limit=100)
    return [event.message for event in found][::-1][2:]


def checkpoints(database: Database, job: Job) -> list[Checkpoint]:
    with database.reading() as session:
        return service.list_checkpoints(session, job.project_id, job.id, after=None, limit=100)


def target(database: Database, job: Job, name: str, settings: Settings) -> ServingTarget:
    with database.reading() as session:
        return models.get_serving_target(session, job.project_id, name, settings=settings)


def validate(database: Database, job: Job, **changes: Any) -> None:
    resolved: dict[str, Any] = {"hyperparameters": HYPERPARAMETERS, "warnings": []} | changes
    with database.transaction() as session:
        progress.mark_validated(session, job.project_id, job.id, **resolved)


def start(database: Database, job: Job) -> None:
    with database.transaction() as session:
        progress.mark_running(session, job.project_id, job.id)


def record_steps(database: Database, job: Job, *numbers: int, estimated_finish: int | None = None) -> None:
    steps = [step_metrics(number, total_steps=4) for number in numbers]
    with database.transaction() as session:
        progress.record_steps(session, job.project_id, job.id, steps=steps, estimated_finish=estimated_finish)


def record(database: Database, job: Job, checkpoint: StoredCheckpoint) -> str | None:
    with database.transaction() as session:
        return progress.record_checkpoint(session, job.project_id, job.id, checkpoint)


def succeed(database: Database, job: Job) -> None:
    with database.transaction() as session:
        progress.mark_succeeded(session, job.project_id, job.id, trained_tokens=2**33, result_file="file-result")


def fail(database: Database, job: Job, message: str = "bad data") -> None:
    with database.transaction() as session:
        failure = JobFailure("invalid_training_file", message, "training_file")
        progress.mark_failed(session, job.project_id, job.id, failure)


def told_to_the_world(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.exec(select(Event.type)))
