"""A job under its workers: validated, started, trained on, finished; each step once or not at all."""

import pytest
from sqlmodel import select

from shared.db.session import Database
from shared.jobs import service
from shared.jobs.events import dataset_warning
from shared.jobs.states import JobStateError, JobStatus
from shared.jobs.tables import Job
from shared.outbox.tables import WorkItem, WorkState
from shared.settings import Settings
from shared.tasks import Work
from tests.factories.rows import HYPERPARAMETERS, step_metrics, stored_checkpoint
from tests.shared.jobs.acting import (
    checkpoints,
    fail,
    messages,
    record,
    record_steps,
    reload,
    start,
    succeed,
    target,
    told_to_the_world,
    validate,
)


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
        validate(database, job, warnings=[dataset_warning("training_file", "blank_line", "3 warnings")])

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
