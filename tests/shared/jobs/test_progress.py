"""A job under its workers: validated, started, trained on, finished; each step once or not at all."""

from typing import Any

import pytest
from sqlmodel import select

from shared.db.session import Database
from shared.jobs import progress, service
from shared.jobs.events import dataset_warning
from shared.jobs.progress import JobFailure, StoredCheckpoint
from shared.jobs.states import JobStateError, JobStatus
from shared.jobs.tables import Checkpoint, Job, ResumePoint
from shared.models import service as models
from shared.models.service import ServingTarget
from shared.outbox.tables import WorkItem, WorkState
from shared.settings import Settings
from shared.tasks import Work
from shared.webhooks.tables import Event
from tests.factories.rows import HYPERPARAMETERS, add_job, add_running_job, step_metrics, stored_checkpoint
from tests.fixtures.database import Tenant


@pytest.fixture
def job(database: Database, tenant: Tenant, settings: Settings) -> Job:
    """A job whose files are being checked."""
    with database.transaction() as session:
        return add_job(session, tenant.principal, settings)


@pytest.fixture
def running(database: Database, tenant: Tenant, settings: Settings) -> Job:
    """A job in training."""
    with database.transaction() as session:
        return add_running_job(session, tenant.principal, settings)


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


def resume_point(database: Database, job: Job) -> ResumePoint | None:
    with database.reading() as session:
        return service.find_resume_point(session, job.project_id, job.id)


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


class TestValidating:
    def test_queues_the_job_for_training(self, database: Database, job: Job) -> None:
        """A checked job waits for training with every `auto` resolved."""
        validate(database, job)

        found = reload(database, job)
        assert (found.status, found.hyperparameters) == (JobStatus.QUEUED, HYPERPARAMETERS)
        with database.reading() as session:
            work = session.exec(select(WorkItem).where(WorkItem.kind == Work.TRAIN_JOB)).one()
        assert (work.queue, work.subject_id, work.state) == ("train", job.id, WorkState.READY)

    def test_tells_warnings_first(self, database: Database, job: Job) -> None:
        """Warnings about the data stand before the event that the files are fine."""
        validate(database, job, warnings=[dataset_warning("training_file", "3 warnings")])

        assert messages(database, job) == ["3 warnings", "Files validated, moving job to queued state"]

    def test_happens_once(self, database: Database, job: Job) -> None:
        """A job that was validated cannot be validated again."""
        validate(database, job)

        with pytest.raises(JobStateError):
            validate(database, job)


class TestStarting:
    def test_begins_the_training(self, database: Database, job: Job) -> None:
        """A queued job that a host takes up is running, and says so."""
        validate(database, job)

        start(database, job)

        found = reload(database, job)
        assert found.status == JobStatus.RUNNING
        assert found.started_at is not None
        assert messages(database, job)[-1] == "Fine-tuning job started"

    def test_going_on_is_no_second_start(self, database: Database, running: Job) -> None:
        """A job taken up again after an interruption keeps its start and tells it once."""
        before = reload(database, running)

        start(database, running)

        assert reload(database, running) == before
        assert messages(database, running).count("Fine-tuning job started") == 1

    def test_needs_checked_files(self, database: Database, job: Job) -> None:
        """A job whose files are still being checked cannot start."""
        with pytest.raises(JobStateError):
            start(database, job)


class TestSteps:
    def test_are_told_in_order(self, database: Database, running: Job) -> None:
        """Every step is an event with its metrics."""
        record_steps(database, running, 1, 2)

        assert messages(database, running)[-2:] == ["Step 1/4: training loss=1.00", "Step 2/4: training loss=0.50"]
        with database.reading() as session:
            metrics = service.list_metrics(session, running.project_id, running.id)
        assert metrics == [step_metrics(1, total_steps=4), step_metrics(2, total_steps=4)]

    def test_are_not_told_again_after_a_crash(self, database: Database, running: Job) -> None:
        """Steps trained again after a crash are not told again; the curve has no step twice and none missing."""
        record_steps(database, running, 1, 2)
        record_steps(database, running, 2, 3)

        with database.reading() as session:
            metrics = service.list_metrics(session, running.project_id, running.id)
        assert [step["step"] for step in metrics] == [1, 2, 3]

    def test_tell_when_the_job_may_end(self, database: Database, running: Job) -> None:
        """The expected end is renewed with every step."""
        record_steps(database, running, 1, estimated_finish=100)
        record_steps(database, running, 2, estimated_finish=90)

        assert reload(database, running).estimated_finish == 90


class TestCheckpoints:
    def test_answer_by_name(self, database: Database, running: Job, settings: Settings) -> None:
        """A published checkpoint is listed, told, and answers as a model."""
        record(database, running, stored_checkpoint(running, step=2, total_steps=4))

        (checkpoint,) = checkpoints(database, running)
        assert checkpoint.model_name == f"{running.tuned_model}:ckpt-step-2"
        assert target(database, running, checkpoint.model_name, settings) == ServingTarget(
            "tiny", f"{checkpoint.object_prefix}/adapter"
        )
        assert messages(database, running)[-1] == "Checkpoint created at step 2"

    def test_are_made_once(self, database: Database, running: Job) -> None:
        """A checkpoint saved again after a crash is neither listed nor told twice."""
        for _ in range(2):
            record(database, running, stored_checkpoint(running, step=2, total_steps=4))

        assert len(checkpoints(database, running)) == 1
        assert messages(database, running).count("Checkpoint created at step 2") == 1

    def test_the_last_one_answers_once_the_job_is_done(
        self, database: Database, running: Job, settings: Settings
    ) -> None:
        """The last checkpoint carries the model's plain name, which answers only after the job has succeeded."""
        record(database, running, stored_checkpoint(running, step=4, total_steps=4))

        with pytest.raises(models.ModelNotFoundError):
            target(database, running, running.tuned_model, settings)
        succeed(database, running)
        assert target(database, running, running.tuned_model, settings).base == "tiny"

    def test_are_listed_newest_first(self, database: Database, running: Job) -> None:
        """Checkpoints are paged from the newest on."""
        for step in (1, 2, 3):
            record(database, running, stored_checkpoint(running, step=step, total_steps=4))

        found = checkpoints(database, running)
        with database.reading() as session:
            rest = service.list_checkpoints(session, running.project_id, running.id, after=found[0].id, limit=1)
        assert [checkpoint.step_number for checkpoint in found] == [3, 2, 1]
        assert [checkpoint.step_number for checkpoint in rest] == [2]


class TestResumePoints:
    def test_the_newest_stored_state_is_where_to_go_on(self, database: Database, running: Job) -> None:
        """Training goes on from the newest stored state, published or not."""
        record(database, running, stored_checkpoint(running, step=2, total_steps=4))
        record(database, running, stored_checkpoint(running, step=3, total_steps=4, published=False))

        found = resume_point(database, running)
        assert found is not None
        assert (found.step_number, found.published) == (3, False)

    def test_unpublished_ones_are_not_shown(self, database: Database, running: Job) -> None:
        """A state kept only for a crash is no checkpoint: it is neither listed nor told."""
        record(database, running, stored_checkpoint(running, step=1, total_steps=4, published=False))

        assert checkpoints(database, running) == []
        assert messages(database, running)[-1] == "Fine-tuning job started"

    def test_an_outdated_one_may_be_removed(self, database: Database, running: Job) -> None:
        """A newer state names the unpublished one before it as ready to be removed, never a published one."""
        published = stored_checkpoint(running, step=1, total_steps=4)
        hidden = stored_checkpoint(running, step=2, total_steps=4, published=False)
        newest = stored_checkpoint(running, step=3, total_steps=4, published=False)

        outdated = [record(database, running, state) for state in (published, hidden, hidden, newest)]

        assert outdated == [None, None, None, hidden.object_prefix]


class TestSucceeding:
    def test_ends_the_job_well(self, database: Database, running: Job) -> None:
        """A job that succeeded names its model, result file and tokens, and the world is told once."""
        record(database, running, stored_checkpoint(running, step=4, total_steps=4))

        succeed(database, running)

        found = reload(database, running)
        assert (found.status, found.trained_tokens, found.result_file) == ("succeeded", 2**33, "file-result")
        assert found.estimated_finish is None
        assert messages(database, running)[-2:] == [
            f"New fine-tuned model created: {running.tuned_model}",
            "The job has successfully completed",
        ]
        assert told_to_the_world(database) == ["fine_tuning.job.succeeded"]

    def test_happens_once(self, database: Database, running: Job) -> None:
        """A job that has ended cannot succeed again."""
        record(database, running, stored_checkpoint(running, step=4, total_steps=4))
        succeed(database, running)

        with pytest.raises(JobStateError):
            succeed(database, running)


class TestFailing:
    def test_ends_the_job_with_a_reason(self, database: Database, job: Job) -> None:
        """A job that failed says why, in code, message and field, and the world is told."""
        fail(database, job)

        found = reload(database, job)
        assert (found.status, found.error_code, found.error_message, found.error_param) == (
            "failed",
            "invalid_training_file",
            "bad data",
            "training_file",
        )
        assert messages(database, job) == ["The job failed due to bad data"]
        assert told_to_the_world(database) == ["fine_tuning.job.failed"]

    def test_a_job_that_has_ended_stays_as_it_is(self, database: Database, job: Job) -> None:
        """A failure that comes after the end changes nothing and is not told."""
        fail(database, job)
        before = reload(database, job)

        fail(database, job, "something else")

        assert reload(database, job) == before
        assert len(told_to_the_world(database)) == 1

    def test_keeps_checkpoints(self, database: Database, running: Job, settings: Settings) -> None:
        """Checkpoints of a job that failed later go on answering."""
        record(database, running, stored_checkpoint(running, step=2, total_steps=4))

        fail(database, running)

        (checkpoint,) = checkpoints(database, running)
        assert target(database, running, checkpoint.model_name, settings).base == "tiny"
