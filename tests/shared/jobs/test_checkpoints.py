"""Checkpoints that answer by name, and states kept for going on after a crash."""

import pytest

from shared.db.session import Database
from shared.jobs import service
from shared.jobs.tables import Job, ResumePoint
from shared.models import service as models
from shared.models.service import ServingTarget
from shared.settings import Settings
from tests.factories.rows import stored_checkpoint
from tests.shared.jobs.acting import checkpoints, messages, record, succeed, target


def resume_point(database: Database, job: Job) -> ResumePoint | None:
    with database.reading() as session:
        return service.find_resume_point(session, job.project_id, job.id)


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
