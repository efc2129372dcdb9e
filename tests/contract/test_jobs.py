"""client.fine_tuning.jobs: create, list, retrieve, cancel, events, checkpoints. Nothing is trained here."""

from collections.abc import Iterable
from typing import Any

import openai
import pytest
from openai.types.fine_tuning import FineTuningJob

from shared.jobs import progress
from shared.resources import Resources
from tests.api.datasets import good_file
from tests.factories.rows import add_running_job, step_metrics, stored_checkpoint
from tests.fixtures.database import Tenant
from tests.fixtures.settings import on_sqlite

AUTO = {"n_epochs": "auto", "batch_size": "auto", "learning_rate_multiplier": "auto"}


@pytest.fixture
def file_id(client: openai.OpenAI) -> str:
    return client.files.create(file=("train.jsonl", good_file()), purpose="fine-tune").id


def asked_for(job: FineTuningJob) -> dict[str, Any]:
    """The hyperparameters that a job shows, after making sure that both places agree."""
    assert job.method is not None
    assert job.method.supervised is not None
    assert job.method.supervised.hyperparameters is not None
    shown = job.hyperparameters.to_dict()
    assert shown == job.method.supervised.hyperparameters.to_dict()
    return shown


def ids(jobs: Iterable[Any]) -> list[str]:
    return [job.id for job in jobs]


class TestCreating:
    def test_a_job_is_described(self, client: openai.OpenAI, file_id: str, tenant: Tenant) -> None:
        """A new job answers all that the wire tells of one, and nothing that it cannot know yet."""
        job = client.fine_tuning.jobs.create(model="tiny", training_file=file_id)

        assert job.id.startswith("ftjob-")
        assert (job.object, job.status, job.model) == ("fine_tuning.job", "validating_files", "tiny")
        assert (job.training_file, job.validation_file) == (file_id, None)
        assert job.organization_id == tenant.organization_id
        assert (job.error, job.fine_tuned_model, job.finished_at, job.trained_tokens) == (None, None, None, None)
        assert (job.result_files, job.estimated_finish, job.metadata, job.integrations) == ([], None, None, None)
        assert 0 <= job.seed < 2**31
        assert asked_for(job) == AUTO

    @on_sqlite
    @pytest.mark.parametrize(
        ("request_", "shown"),
        [
            pytest.param({"hyperparameters": {}}, {}, id="older form, empty"),
            pytest.param({"hyperparameters": {"n_epochs": 3}}, {"n_epochs": 3}, id="older form"),
            pytest.param({"hyperparameters": {"n_epochs": "auto"}}, {}, id="auto in words"),
            pytest.param({"method": {"type": "supervised"}}, {}, id="method without block"),
            pytest.param({"method": {"type": "supervised", "supervised": {}}}, {}, id="method with empty block"),
            pytest.param(
                {"method": {"type": "supervised", "supervised": {"hyperparameters": {"batch_size": 2}}}},
                {"batch_size": 2},
                id="method",
            ),
            pytest.param(
                {
                    "hyperparameters": {"n_epochs": 3},
                    "method": {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 5}}},
                },
                {"n_epochs": 5},
                id="method before the older form",
            ),
            pytest.param(
                {
                    "method": {
                        "type": "supervised",
                        "supervised": {"hyperparameters": {"learning_rate_multiplier": 0.5}},
                        "dpo": {"hyperparameters": {"beta": "auto"}},
                        "reinforcement": {"grader": {"type": "string_check"}},
                    }
                },
                {"learning_rate_multiplier": 0.5},
                id="all three methods present",
            ),
        ],
    )
    def test_hyperparameters_in_every_form(
        self, client: openai.OpenAI, file_id: str, request_: dict[str, Any], shown: dict[str, Any]
    ) -> None:
        """Hyperparameters count wherever a client puts them, and what is left out is `auto`."""
        job = client.fine_tuning.jobs.create(model="tiny", training_file=file_id, **request_)

        assert asked_for(job) == AUTO | shown

    @on_sqlite
    def test_nulls_are_as_good_as_nothing(self, client: openai.OpenAI, file_id: str) -> None:
        """`None` passed for an optional argument goes out as null and is taken as left out."""
        job = client.fine_tuning.jobs.create(
            model="tiny",
            training_file=file_id,
            validation_file=None,
            suffix=None,
            seed=None,
            integrations=None,
            metadata=None,
        )

        assert (job.validation_file, job.metadata) == (None, None)

    def test_what_was_asked_is_shown(self, client: openai.OpenAI, file_id: str) -> None:
        """Seed, metadata, validation file and suffix stand in the job as they were given."""
        metadata = {"team": "support", 'odd "key"': "' OR 1=1 --", "🚀": "<script>"}

        created = client.fine_tuning.jobs.create(
            model="acme/tiny-instruct",
            training_file=file_id,
            validation_file=file_id,
            suffix="x" * 64,
            seed=2**31 - 1,
            metadata=metadata,
        )

        job = client.fine_tuning.jobs.retrieve(created.id)
        assert job == created
        assert (job.model, job.validation_file, job.seed) == ("acme/tiny-instruct", file_id, 2**31 - 1)
        assert job.metadata == metadata
        assert job.to_dict()["user_provided_suffix"] == "x" * 64

    @on_sqlite
    def test_a_refusal_has_all_its_parts(self, client: openai.OpenAI) -> None:
        """A BadRequestError carries message, type, parameter, code and request id."""
        with pytest.raises(openai.BadRequestError) as raised:
            client.fine_tuning.jobs.create(model="tiny", training_file="file-nope")

        error = raised.value
        assert (error.code, error.param, error.type) == ("file_not_found", "training_file", "invalid_request_error")
        assert "file-nope" in error.message
        assert error.request_id is not None


class TestListing:
    def test_pages_follow_one_another(self, client: openai.OpenAI, file_id: str) -> None:
        """The SDK pages through all jobs, newest first, each once."""
        made = [client.fine_tuning.jobs.create(model="tiny", training_file=file_id).id for _ in range(5)]

        assert ids(client.fine_tuning.jobs.list(limit=2)) == made[::-1]
        assert client.fine_tuning.jobs.list(limit=2).has_more is True
        assert ids(client.fine_tuning.jobs.list(after=made[2], limit=10)) == made[:2][::-1]

    def test_only_jobs_with_this_metadata(self, client: openai.OpenAI, file_id: str) -> None:
        """Every pair of a filter must match; `null` finds jobs without any, on every page."""

        def create(metadata: dict[str, str] | None) -> str:
            return client.fine_tuning.jobs.create(model="tiny", training_file=file_id, metadata=metadata).id

        blue, both, bare, green = (
            create(pairs) for pairs in ({"team": "blue"}, {"team": "blue", "stage": "prod"}, None, {"team": "green"})
        )
        jobs = client.fine_tuning.jobs

        assert ids(jobs.list(metadata={"team": "blue"}, limit=1)) == [both, blue]
        assert ids(jobs.list(metadata={"team": "blue", "stage": "prod"})) == [both]
        assert ids(jobs.list(metadata={"team": "red"})) == []
        assert ids(jobs.list(extra_query={"metadata": "null"})) == [bare]
        assert ids(jobs.list(metadata=None)) == [green, bare, both, blue]


class TestCancelling:
    def test_a_cancelled_job_has_ended(self, client: openai.OpenAI, file_id: str) -> None:
        """Cancelling answers the ended job, and a second time is refused without a retry."""
        job_id = client.fine_tuning.jobs.create(model="tiny", training_file=file_id).id

        cancelled = client.fine_tuning.jobs.cancel(job_id)

        assert (cancelled.status, cancelled.error, cancelled.fine_tuned_model) == ("cancelled", None, None)
        assert cancelled.finished_at is not None
        assert client.fine_tuning.jobs.retrieve(job_id) == cancelled
        with pytest.raises(openai.BadRequestError) as raised:
            client.fine_tuning.jobs.cancel(job_id)
        assert raised.value.code == "invalid_job_state"

    @on_sqlite
    def test_an_unknown_job(self, client: openai.OpenAI) -> None:
        """Every call with the id of a job that is not there is a NotFoundError."""
        jobs = client.fine_tuning.jobs
        for call in (jobs.retrieve, jobs.cancel, jobs.list_events, jobs.checkpoints.list):
            with pytest.raises(openai.NotFoundError) as raised:
                call("ftjob-0000000000000000000000")
            assert raised.value.code == "fine_tune_not_found"


@pytest.fixture
def trained(resources: Resources, tenant: Tenant) -> str:
    """The id of a job with 25 steps behind it and a checkpoint after every fifth."""
    with resources.database.transaction() as session:
        job = add_running_job(session, tenant.principal, resources.settings, suffix="desk")
        for step in range(1, 26):
            metrics = step_metrics(step, total_steps=30)
            progress.record_steps(session, tenant.project_id, job.id, steps=[metrics], estimated_finish=2_000_000_000)
            if step % 5 == 0:
                stored = stored_checkpoint(job, step=step, total_steps=30)
                progress.record_checkpoint(session, tenant.project_id, job.id, stored)
    return job.id


class TestEvents:
    def test_pages_follow_one_another(self, client: openai.OpenAI, trained: str) -> None:
        """Events come newest first, over several pages, none left out and none twice."""
        events = list(client.fine_tuning.jobs.list_events(trained, limit=7))

        assert len({event.id for event in events}) == len(events) == 34
        assert [event.message for event in events[-3:]][::-1] == [
            f"Created fine-tuning job: {trained}",
            f"Validating training file: {client.fine_tuning.jobs.retrieve(trained).training_file}",
            "Files validated, moving job to queued state",
        ]

    def test_the_newest_alone(self, client: openai.OpenAI, trained: str) -> None:
        """`limit=1` gives the last thing that happened, which scripts poll for."""
        page = client.fine_tuning.jobs.list_events(trained, limit=1)

        assert [event.message for event in page.data] == ["Checkpoint created at step 25"]

    def test_a_metrics_event(self, client: openai.OpenAI, trained: str) -> None:
        """A step is an event of type `metrics` with its numbers in `data`."""
        event = client.fine_tuning.jobs.list_events(trained, limit=2).data[1]

        assert (event.object, event.type, event.level) == ("fine_tuning.job.event", "metrics", "info")
        assert event.message == "Step 25/30: training loss=0.04"
        assert event.data == {"step": 25, "total_steps": 30, "train_loss": 0.04}

    @on_sqlite
    def test_a_running_job_says_when_it_will_be_done(self, client: openai.OpenAI, trained: str) -> None:
        """While a job runs its expected end is a number of seconds, and its model has no name yet."""
        job = client.fine_tuning.jobs.retrieve(trained)

        assert (job.status, job.estimated_finish, job.fine_tuned_model) == ("running", 2_000_000_000, None)


class TestCheckpoints:
    def test_pages_follow_one_another(self, client: openai.OpenAI, trained: str) -> None:
        """Checkpoints come newest first, over several pages."""
        checkpoints = list(client.fine_tuning.jobs.checkpoints.list(trained, limit=2))

        assert [checkpoint.step_number for checkpoint in checkpoints] == [25, 20, 15, 10, 5]

    def test_a_checkpoint_is_a_model(self, client: openai.OpenAI, trained: str) -> None:
        """A checkpoint has a model's name, its job's id and its metrics, and is listed as a model."""
        checkpoint = client.fine_tuning.jobs.checkpoints.list(trained, limit=1).data[0]

        assert checkpoint.id.startswith("ftckpt_")
        assert (checkpoint.object, checkpoint.fine_tuning_job_id) == ("fine_tuning.job.checkpoint", trained)
        assert checkpoint.fine_tuned_model_checkpoint.endswith(":ckpt-step-25")
        assert (checkpoint.metrics.step, checkpoint.metrics.train_loss) == (25, 1.5)
        assert checkpoint.metrics.full_valid_loss is None
        assert client.models.retrieve(checkpoint.fine_tuned_model_checkpoint).object == "model"
