"""A whole job on a tiny model, from the upload to the answer, with the real workers and a real webhook receiver."""

import base64
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import openai
import pytest
from openai.types.fine_tuning import FineTuningJob, FineTuningJobEvent
from openai.types.fine_tuning.jobs import FineTuningJobCheckpoint

from shared.resources import Resources
from tests.api.datasets import chat_row, jsonl
from tests.api.standing import fresh_drain, new_tenant
from tests.contract.model_server import TinyModelServer
from tests.fixtures.database import Tenant
from tests.fixtures.receiver import Receiver
from tests.fixtures.settings import on_sqlite

pytestmark = [on_sqlite, pytest.mark.training]

ROWS = [chat_row(f"What is {number} + 1?", str(number + 1)) for number in range(12)]
HELD_OUT = [chat_row(f"What is {number} + 1?", str(number + 1)) for number in (20, 30)]
EPOCHS, BATCH = 2, 4
STEPS = [1, 2, 3, 4, 5, 6]
EPOCH_ENDS = [3, 6]


@dataclass(frozen=True)
class Story:
    """What a client saw of one job: as it was created, as it ended, and everything around it."""

    tenant: Tenant
    created: FineTuningJob
    ended: FineTuningJob
    events: list[FineTuningJobEvent]
    checkpoints: list[FineTuningJobCheckpoint]
    webhook_secret: str
    receiver: Receiver

    @property
    def model(self) -> str:
        assert self.ended.fine_tuned_model is not None
        return self.ended.fine_tuned_model


@pytest.fixture(scope="module")
def story(resources: Resources, api_url: str) -> Iterator[Story]:
    """One job, trained once for all tests here."""
    tenant, receiver, drain = new_tenant(resources, name="Acme"), Receiver(), fresh_drain(resources)
    with openai.OpenAI(
        base_url=f"{api_url}/v1", api_key=tenant.api_key, max_retries=0, _strict_response_validation=True
    ) as client:
        hook = client.webhooks.create(name="CI", url=receiver.url, event_types=["fine_tuning.job.succeeded"])
        training_file = client.files.create(file=("train.jsonl", jsonl(*ROWS)), purpose="fine-tune").id
        validation_file = client.files.create(file=("valid.jsonl", jsonl(*HELD_OUT)), purpose="fine-tune").id
        hyperparameters: Any = {"n_epochs": EPOCHS, "batch_size": BATCH}
        jobs = client.fine_tuning.jobs
        created = jobs.create(
            model="tiny",
            training_file=training_file,
            validation_file=validation_file,
            method={"type": "supervised", "supervised": {"hyperparameters": hyperparameters}},
            suffix="desk",
            seed=7,
        )
        drain()
        yield Story(
            tenant,
            created,
            jobs.retrieve(created.id),
            list(jobs.list_events(created.id, limit=5))[::-1],
            list(jobs.checkpoints.list(created.id)),
            hook.signing_secret,
            receiver,
        )
    receiver.close()


@pytest.fixture
def client(story: Story, client_for: Any) -> openai.OpenAI:
    """The client of the job's owner."""
    owners: openai.OpenAI = client_for(story.tenant.api_key)
    return owners


class TestTheJob:
    def test_it_succeeded(self, story: Story) -> None:
        """A finished job is `succeeded`, has an end, and has no error: null, not an empty one."""
        job = story.ended

        assert (job.status, job.error, job.estimated_finish) == ("succeeded", None, None)
        assert job.finished_at is not None
        assert job.finished_at >= job.created_at

    def test_the_model_is_named_after_it(self, story: Story) -> None:
        """The tuned model's name tells base, project and suffix."""
        assert re.fullmatch(r"ft:tiny:acme:desk:[0-9A-Za-z]{8}", story.model)

    def test_auto_is_resolved(self, story: Story) -> None:
        """What was `auto` when the job was created is a number when it has ended, and what was asked stays."""
        before, after = story.created.hyperparameters, story.ended.hyperparameters

        assert (before.n_epochs, before.batch_size, before.learning_rate_multiplier) == (EPOCHS, BATCH, "auto")
        assert (after.n_epochs, after.batch_size) == (EPOCHS, BATCH)
        assert isinstance(after.learning_rate_multiplier, float)
        assert story.ended.method is not None
        assert story.ended.method.supervised is not None
        assert story.ended.method.supervised.hyperparameters is not None
        assert story.ended.method.supervised.hyperparameters.to_dict() == after.to_dict()

    def test_trained_tokens_are_those_of_the_file_times_epochs(self, story: Story) -> None:
        """Every token of the training file counts once an epoch; those of the validation file do not."""
        # The tiny tokenizer has a token for each byte and for each of the template's two marks around a message.
        messages = [message for row in ROWS for message in row["messages"]]
        per_epoch = sum(len(f"{message['role']}\n{message['content']}\n") + 2 for message in messages)

        assert story.ended.trained_tokens == EPOCHS * per_epoch


class TestTheEvents:
    def test_they_tell_the_story_in_order(self, story: Story) -> None:
        """Event texts and their order are those that scripts written for the wire match on."""
        losses = r"training loss=\d+\.\d\d"
        full = r", full validation loss=\d+\.\d\d"
        training: list[str] = []
        for step in STEPS:
            training.append(rf"Step {step}/6: {losses}" + (full if step in EPOCH_ENDS else ""))
            training += [f"Checkpoint created at step {step}"] if step in EPOCH_ENDS else []
        expected = [
            f"Created fine-tuning job: {story.ended.id}",
            f"Validating training file: {story.ended.training_file} and validation file: {story.ended.validation_file}",
            r"Training file, few_examples \(1\): There are 12 sound rows; .*",
            "Files validated, moving job to queued state",
            "Fine-tuning job started",
            *training,
            f"New fine-tuned model created: {story.model}",
            "The job has successfully completed",
        ]

        assert len(story.events) == len(expected)
        for event, pattern in zip(story.events, expected, strict=True):
            assert re.fullmatch(pattern, event.message), (event.message, pattern)

    def test_each_is_typed(self, story: Story) -> None:
        """Steps are `metrics`, everything else is a `message` without numbers; what the data lack is a warning."""
        for event in story.events:
            is_step = event.message.startswith("Step ")
            assert event.type == ("metrics" if is_step else "message")
            assert event.level == ("warn" if "few_examples" in event.message else "info")
            assert event.data == (None if event.message == "Fine-tuning job started" else event.data if is_step else {})

    def test_metrics_have_the_wires_names(self, story: Story) -> None:
        """A step tells loss and accuracy; at an epoch's end those of the whole validation file come with it."""
        steps: list[Any] = [event.data for event in story.events if event.type == "metrics"]

        always = {"step", "total_steps", "train_loss", "train_mean_token_accuracy"}
        at_the_end = always | {"full_valid_loss", "full_valid_mean_token_accuracy"}
        assert [data["step"] for data in steps] == STEPS
        for data in steps:
            assert set(data) >= (at_the_end if data["step"] in EPOCH_ENDS else always)
            assert data["total_steps"] == 6
            assert 0 <= data["train_mean_token_accuracy"] <= 1

    def test_something_was_learnt(self, story: Story) -> None:
        """The loss at the end is lower than at the beginning."""
        losses = [event.data["train_loss"] for event in story.events if event.type == "metrics" and event.data]  # type: ignore[index]

        assert losses[-1] < losses[0]


class TestTheCheckpoints:
    def test_one_an_epoch(self, story: Story) -> None:
        """Each epoch leaves a checkpoint; the last one is the model itself, the others carry their step."""
        named = [(each.step_number, each.fine_tuned_model_checkpoint) for each in story.checkpoints]

        assert named == [(6, story.model), (3, f"{story.model}:ckpt-step-3")]

    def test_their_metrics(self, story: Story) -> None:
        """A checkpoint knows the validation loss at its step."""
        for checkpoint in story.checkpoints:
            assert checkpoint.metrics.step == checkpoint.step_number
            assert checkpoint.metrics.full_valid_loss is not None
            assert checkpoint.metrics.train_loss is not None


class TestTheResultFile:
    def test_it_is_base64_of_a_csv(self, client: openai.OpenAI, story: Story) -> None:
        """Scripts decode the file's content from base64 and find a row of numbers for each step."""
        (file_id,) = story.ended.result_files
        file = client.files.retrieve(file_id)

        text = base64.b64decode(client.files.content(file_id).read(), validate=True).decode()

        rows = list(csv.DictReader(io.StringIO(text)))
        columns = ["step", "train_loss", "train_accuracy", "valid_loss", "valid_mean_token_accuracy"]
        assert (file.purpose, file.filename, file.status) == ("fine-tune-results", "step_metrics.csv", "processed")
        assert list(rows[0])[:5] == columns
        assert [row["step"] for row in rows] == [str(step) for step in STEPS]
        assert all(float(cell) >= 0 for row in rows for cell in row.values() if cell)

    def test_it_says_what_the_events_say(self, client: openai.OpenAI, story: Story) -> None:
        """File and events tell of the same losses."""
        text = base64.b64decode(client.files.content(story.ended.result_files[0]).read()).decode()

        in_file = [float(row["train_loss"]) for row in csv.DictReader(io.StringIO(text))]

        assert in_file == [event.data["train_loss"] for event in story.events if event.type == "metrics" and event.data]  # type: ignore[index]


class TestTheModel:
    def test_it_is_listed_with_its_checkpoint(self, client: openai.OpenAI, story: Story) -> None:
        """Model and checkpoint are models of the project."""
        listed = [model.id for model in client.models.list() if model.owned_by == story.tenant.project_id]

        assert sorted(listed) == [story.model, f"{story.model}:ckpt-step-3"]

    def test_it_answers(
        self, client: openai.OpenAI, story: Story, model_server: TinyModelServer, resources: Resources
    ) -> None:
        """Chat with either name loads the adapter that training left in the store."""
        for name, step in ((story.model, 6), (f"{story.model}:ckpt-step-3", 3)):
            answer = client.chat.completions.create(model=name, messages=[{"role": "user", "content": "1 + 1?"}])

            adapter = model_server.requests[-1]["adapter"]
            assert answer.model == name
            assert adapter.endswith(f"/step-{step:06d}/adapter")
            assert {key.removeprefix(f"{adapter}/") for key in resources.store.list(adapter)} == {
                "adapter_config.json",
                "adapter_model.safetensors",
            }


class TestTheWebhook:
    def test_it_is_delivered_and_verifies(self, client: openai.OpenAI, story: Story) -> None:
        """The receiver gets one event, and the SDK takes its signature and its form."""
        (request,) = story.receiver.requests

        event = client.webhooks.unwrap(request.body, request.headers, secret=story.webhook_secret)

        assert event.type == "fine_tuning.job.succeeded"
        assert event.data.id == story.ended.id
        assert event.id == request.headers["webhook-id"]

    def test_another_secret_does_not_verify(self, client: openai.OpenAI, story: Story) -> None:
        """The signature is made with the endpoint's secret and no other."""
        (request,) = story.receiver.requests

        with pytest.raises(openai.InvalidWebhookSignatureError):
            client.webhooks.unwrap(request.body, request.headers, secret="whsec_" + "A" * 44)
