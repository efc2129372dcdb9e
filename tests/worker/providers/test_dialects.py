"""Providers that speak the wire with an accent: what Azure and Nebius answer, from a real server, becomes ours."""

from typing import Any

import openai
import pytest

from shared.connections.kinds import ConnectionKind
from tests.fixtures.provider import Provider, reply
from tests.fixtures.provider_jobs import ConnectionMaker, ProviderJobs
from tests.fixtures.settings import on_sqlite

pytestmark = on_sqlite

UPSTREAM_ID = "ftjob-5f2c0d1e8a9b4c7d"
FILE = {
    "id": "file-9d3a",
    "object": "file",
    "bytes": 1,
    "created_at": 1764000000,
    "filename": "x",
    "purpose": "fine-tune",
}
AZURE = {
    "id": UPSTREAM_ID,
    "object": "fine_tuning.job",
    "created_at": 1764000000,
    "status": "pending",
    "model": "gpt-4o-mini-2024-07-18",
    "training_file": "file-9d3a",
    "seed": 7,
    "suffix": "mine",
    "hyperparameters": {"n_epochs": -1, "batch_size": -1, "learning_rate_multiplier": 1},
    "method": {"type": "supervised"},
}
"As Azure OpenAI answers a create: no error, no organization_id, no result_files, and -1 for `auto`."
NEBIUS = {
    "id": UPSTREAM_ID,
    "object": "fine_tuning.job",
    "created_at": 1764000000,
    "error": None,
    "fine_tuned_model": None,
    "finished_at": None,
    "hyperparameters": {
        "batch_size": 8,
        "learning_rate": 0.00001,
        "n_epochs": 3,
        "warmup_ratio": 0.0,
        "weight_decay": 0.0,
        "packing": True,
        "lora": False,
    },
    "model": "meta-llama/Llama-3.1-8B-Instruct",
    "organization_id": "",
    "result_files": [],
    "seed": 7,
    "status": "validating_files",
    "trained_tokens": 0,
    "training_file": "file-9d3a",
    "trained_steps": 0,
    "total_steps": 120,
    "estimated_finish": 0,
    "integrations": [],
    "suffix": "mine",
}
EVENTS = "/fine_tuning/jobs/{}/events"


class Dialect:
    """A provider whose one job is what `tell` said last."""

    def __init__(self, provider: Provider, prefix: str, first: dict[str, Any]) -> None:
        self._provider = provider
        self._prefix = prefix
        self._job = first
        provider.replies[f"{prefix}/files"] = reply(FILE, 201)
        self._answer("/events", {"object": "list", "data": [], "has_more": False})
        self._answer("/checkpoints", {"object": "list", "data": [], "has_more": False})
        self.tell()

    def tell(self, **changes: Any) -> None:
        self._job = self._job | changes
        # The same path takes a create and gives the list.
        listed = {"object": "list", "data": [self._job], "has_more": False}
        self._provider.replies[f"{self._prefix}/fine_tuning/jobs"] = reply(self._job | listed, 201)
        self._answer("", self._job)

    def tell_events(self, *newest_first: dict[str, Any]) -> None:
        self._answer("/events", {"data": list(newest_first), "has_more": False})

    def tell_checkpoints(self, *newest_first: dict[str, Any]) -> None:
        metrics = {"train_loss": 0.5, "train_mean_reward": 1.0, "valid_loss": "low"}
        self._answer("/checkpoints", {"data": [each | {"metrics": metrics} for each in newest_first]})

    def _answer(self, path: str, document: dict[str, Any]) -> None:
        self._provider.replies[f"{self._prefix}/fine_tuning/jobs/{UPSTREAM_ID}{path}"] = reply(document)


@pytest.fixture
def azure(provider: Provider, connect: ConnectionMaker) -> Dialect:
    connect(name="azure", kind=ConnectionKind.AZURE, base_url=provider.url)
    return Dialect(provider, "/openai/v1", AZURE)


@pytest.fixture
def nebius(provider: Provider, connect: ConnectionMaker) -> Dialect:
    connect(name="nebius", base_url=provider.base_url)
    return Dialect(provider, "/v1", NEBIUS)


class TestAzure:
    @pytest.mark.parametrize(
        ("theirs", "ours"),
        [
            ("created", "queued"),
            ("pending", "queued"),
            ("notRunning", "queued"),
            ("running", "running"),
            ("canceling", "running"),
            ("canceled", "cancelled"),
            ("succeeded", "succeeded"),
        ],
    )
    def test_statuses(self, theirs: str, ours: str, azure: Dialect, provider_jobs: ProviderJobs) -> None:
        """Azure's spellings of a job's status are the wire's here."""
        job = provider_jobs.create(connection="azure", model="gpt-4o-mini-2024-07-18")
        provider_jobs.submit(job.id)
        if theirs == "canceling":
            azure.tell(status="running")
            provider_jobs.go_on_until(lambda: provider_jobs.get(job.id).status == "running")

        azure.tell(status=theirs)

        provider_jobs.go_on_until(lambda: provider_jobs.row(job.id).upstream_status == theirs, what=f"{theirs} is seen")
        assert provider_jobs.get(job.id).status == ours

    def test_numbers(self, azure: Dialect, provider_jobs: ProviderJobs) -> None:
        """-1 is `auto` until Azure says a number."""
        job = provider_jobs.create(connection="azure", hyperparameters={}, model="gpt-4o-mini-2024-07-18")
        provider_jobs.submit(job.id)
        provider_jobs.go_on_until(lambda: provider_jobs.row(job.id).upstream_status == "pending")
        before = provider_jobs.get(job.id).hyperparameters

        azure.tell(hyperparameters={"n_epochs": 3, "batch_size": 1, "learning_rate_multiplier": 1})

        provider_jobs.go_on_until(lambda: provider_jobs.get(job.id).hyperparameters.n_epochs == 3)
        assert (before.n_epochs, before.batch_size, before.learning_rate_multiplier) == ("auto", "auto", 1.0)

    def test_failure(self, azure: Dialect, provider_jobs: ProviderJobs) -> None:
        """Azure's error, with its own codes and inner errors, is the job's error, with our file's id in it."""
        job = provider_jobs.create(connection="azure", model="gpt-4o-mini-2024-07-18")
        provider_jobs.submit(job.id)
        message = "The file file-9d3a is not valid JSONL, see https://learn.example/x?key=1"
        azure.tell(
            status="failed",
            error={"code": "jsonlValidationFailed", "message": message, "target": None, "innererror": {"code": "x"}},
        )

        ended = provider_jobs.end(job.id)

        assert ended.error is not None
        assert ended.error.code == "jsonlValidationFailed"
        assert ended.error.message == f"The file {job.training_file} is not valid JSONL, see [address]."

    def test_events(self, azure: Dialect, provider_jobs: ProviderJobs, client: openai.OpenAI) -> None:
        """A warning of Azure's is a `warn`, and an event of a type the wire does not know is a message."""
        job = provider_jobs.create(connection="azure", model="gpt-4o-mini-2024-07-18")
        provider_jobs.submit(job.id)

        azure.tell_events(
            {"id": "e2", "created_at": 2, "level": "info", "message": "Moderation passed", "type": "moderation_checks"},
            {"id": "e1", "created_at": 1, "level": "warning", "message": "Slow today", "data": None},
        )
        azure.tell(status="running")

        provider_jobs.go_on_until(lambda: provider_jobs.get(job.id).status == "running")
        told = {event.message: event for event in client.fine_tuning.jobs.list_events(job.id, limit=100)}
        assert (told["Slow today"].level, told["Slow today"].created_at) == ("warn", 1)
        assert told["Moderation passed"].type == "message"


class TestNebius:
    def test_job(self, nebius: Dialect, provider_jobs: ProviderJobs) -> None:
        """A Nebius job, with its own hyperparameters and zeros for what it does not know, is one of ours."""
        job = provider_jobs.create(connection="nebius", model="meta-llama/Llama-3.1-8B-Instruct", hyperparameters={})
        provider_jobs.submit(job.id)

        nebius.tell(status="running")

        provider_jobs.go_on_until(lambda: provider_jobs.get(job.id).status == "running")
        seen = provider_jobs.get(job.id)
        assert (seen.hyperparameters.n_epochs, seen.hyperparameters.batch_size) == (3, 8)
        assert (seen.estimated_finish, seen.error) == (None, None)

    @pytest.mark.usefixtures("nebius")
    def test_refusal(self, provider: Provider, provider_jobs: ProviderJobs) -> None:
        """A 422 that is not in the wire's envelope fails the job with what it says."""
        detail = [{"loc": ["body", "hyperparameters", "lora_r"], "msg": "Input should be less than 129"}]
        provider.replies["/v1/fine_tuning/jobs"] = reply({"detail": detail}, 422)
        job = provider_jobs.create(connection="nebius", model="meta-llama/Llama-3.1-8B-Instruct")

        ended = provider_jobs.end(job.id)

        assert ended.error is not None
        assert ended.error.code == "provider_refused"
        assert "Input should be less than 129" in ended.error.message


class TestNonsense:
    def test_values_without_a_place(self, nebius: Dialect, provider_jobs: ProviderJobs, client: openai.OpenAI) -> None:
        """Numbers that are none, and metrics the wire does not know, are left out and break no answer of ours."""
        job = provider_jobs.create(connection="nebius", model="meta-llama/Llama-3.1-8B-Instruct", hyperparameters={})
        provider_jobs.submit(job.id)

        nebius.tell_checkpoints({"id": "c1", "step_number": 1, "fine_tuned_model_checkpoint": "x:ckpt-step-1"})
        nebius.tell_events({"id": "e1", "message": "Checkpoint created at step 1", "data": {"a\x00": [1]}})
        nebius.tell(
            status="running",
            hyperparameters={"n_epochs": "lots", "batch_size": 2.5, "learning_rate_multiplier": True},
            trained_tokens="many",
            error={},
        )

        provider_jobs.go_on_until(lambda: provider_jobs.get(job.id).status == "running")
        numbers = provider_jobs.get(job.id).hyperparameters
        assert (numbers.n_epochs, numbers.batch_size, numbers.learning_rate_multiplier) == (3, 8, "auto")
        (checkpoint,) = client.fine_tuning.jobs.checkpoints.list(job.id)
        assert checkpoint.metrics.train_loss == 0.5
