"""Webhooks of jobs that end without training, as the SDK's `unwrap` verifies them."""

from typing import Any

import openai
import pytest

from tests.api.datasets import good_file, jsonl
from tests.fixtures.drain import Drain
from tests.fixtures.receiver import Answer, ReceivedRequest, Receiver


class Listener:
    """A registered receiver and the secret of its endpoint."""

    def __init__(self, client: openai.OpenAI, receiver: Receiver, event_types: Any) -> None:
        self._client = client
        self._receiver = receiver
        self.endpoint = client.webhooks.create(name="CI", url=receiver.url, event_types=event_types)

    @property
    def requests(self) -> list[ReceivedRequest]:
        return self._receiver.requests

    def unwrap(self, request: ReceivedRequest) -> dict[str, Any]:
        """The event, once the SDK has verified its signature."""
        secret = self.endpoint.signing_secret
        return self._client.webhooks.unwrap(request.body, request.headers, secret=secret).to_dict()


@pytest.fixture
def listener(client: openai.OpenAI, receiver: Receiver) -> Listener:
    return Listener(client, receiver, ["fine_tuning.job.failed", "fine_tuning.job.cancelled"])


def start_job(client: openai.OpenAI, data: bytes) -> str:
    file_id = client.files.create(file=data, purpose="fine-tune").id
    return client.fine_tuning.jobs.create(model="tiny", training_file=file_id).id


class TestDeliveries:
    def test_a_failed_job(self, client: openai.OpenAI, drain: Drain, listener: Listener) -> None:
        """A job whose file is wrong is told as failed."""
        job_id = start_job(client, jsonl(b"nope"))

        drain()

        (request,) = listener.requests
        event = listener.unwrap(request)
        assert (event["type"], event["data"]["id"]) == ("fine_tuning.job.failed", job_id)

    def test_a_cancelled_job(self, client: openai.OpenAI, drain: Drain, listener: Listener) -> None:
        """A job that was cancelled is told as cancelled, and is not trained after all."""
        job_id = start_job(client, good_file())
        client.fine_tuning.jobs.cancel(job_id)

        drain()

        (request,) = listener.requests
        event = listener.unwrap(request)
        assert (event["type"], event["data"]["id"]) == ("fine_tuning.job.cancelled", job_id)
        assert client.fine_tuning.jobs.retrieve(job_id).status == "cancelled"

    def test_only_what_was_asked_for(self, client: openai.OpenAI, drain: Drain, receiver: Receiver) -> None:
        """An endpoint hears of the event types it named and of no other."""
        Listener(client, receiver, ["fine_tuning.job.succeeded"])
        client.fine_tuning.jobs.cancel(start_job(client, good_file()))

        drain()

        assert receiver.requests == []

    def test_a_deleted_endpoint_hears_nothing(self, client: openai.OpenAI, drain: Drain, listener: Listener) -> None:
        """What is on its way to an endpoint when it is deleted stays unsent."""
        client.fine_tuning.jobs.cancel(start_job(client, good_file()))
        client.webhooks.delete(listener.endpoint.id)

        drain()

        assert listener.requests == []

    def test_a_refused_delivery_comes_again(
        self, client: openai.OpenAI, drain: Drain, listener: Listener, receiver: Receiver
    ) -> None:
        """A receiver that fails hears the same event again, under the same id and with a signature of its own."""
        receiver.answer_next(Answer(status=500))
        client.fine_tuning.jobs.cancel(start_job(client, good_file()))

        drain()
        drain.hasten()
        drain()

        first, second = listener.requests
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        assert first.body == second.body
        assert listener.unwrap(second) == listener.unwrap(first)
