"""client.webhooks: endpoints and their event types. Deliveries are in test_whole_job.py."""

import openai
import pytest
from openai.types.webhooks import WebhookEndpointWithSecret

from tests.fixtures.settings import on_sqlite

URL = "https://example.com/hook"


@pytest.fixture
def endpoint(client: openai.OpenAI) -> WebhookEndpointWithSecret:
    return client.webhooks.create(name="CI", url=URL, event_types=["fine_tuning.job.succeeded"])


class TestEndpoints:
    def test_the_secret_is_shown_once(self, client: openai.OpenAI, endpoint: WebhookEndpointWithSecret) -> None:
        """Creating answers the signing secret; no later answer has it, only its last characters."""
        later = client.webhooks.retrieve(endpoint.id).to_dict()

        assert endpoint.id.startswith("we_")
        assert endpoint.object == "webhook_endpoint"
        assert (endpoint.name, endpoint.url, endpoint.event_types) == ("CI", URL, ["fine_tuning.job.succeeded"])
        assert endpoint.signing_secret.startswith("whsec_")
        assert later == {name: value for name, value in endpoint.to_dict().items() if name != "signing_secret"}
        assert endpoint.signing_secret not in str(client.webhooks.list().to_dict())
        assert endpoint.signing_secret.endswith(str(later["signing_secret_hint"])[-4:])

    def test_pages_follow_one_another(self, client: openai.OpenAI) -> None:
        """The SDK pages through all endpoints, newest first."""
        made = [
            client.webhooks.create(name=str(number), url=URL, event_types=["fine_tuning.job.failed"]).id
            for number in range(5)
        ]

        assert [endpoint.id for endpoint in client.webhooks.list(limit=2)] == made[::-1]

    def test_what_is_left_out_stays(self, client: openai.OpenAI, endpoint: WebhookEndpointWithSecret) -> None:
        """Updating changes what is given, and event types as a whole."""
        renamed = client.webhooks.update(endpoint.id, name="Nightly")
        widened = client.webhooks.update(
            endpoint.id, event_types=["fine_tuning.job.failed", "fine_tuning.job.cancelled"], url=URL + "2"
        )

        assert (renamed.name, renamed.url, renamed.event_types) == ("Nightly", URL, ["fine_tuning.job.succeeded"])
        assert (widened.name, widened.url) == ("Nightly", URL + "2")
        assert widened.event_types == ["fine_tuning.job.failed", "fine_tuning.job.cancelled"]
        assert client.webhooks.retrieve(endpoint.id) == widened

    def test_a_deleted_endpoint_is_gone(self, client: openai.OpenAI, endpoint: WebhookEndpointWithSecret) -> None:
        """Deleting says so, and from then on the endpoint is nowhere."""
        deleted = client.webhooks.delete(endpoint.id)

        assert (deleted.id, deleted.object, deleted.deleted) == (endpoint.id, "webhook_endpoint.deleted", True)
        assert list(client.webhooks.list()) == []
        for call in (client.webhooks.retrieve, client.webhooks.delete, client.webhooks.update):
            with pytest.raises(openai.NotFoundError):
                call(endpoint.id)

    @on_sqlite
    def test_event_types_are_listed(self, client: openai.OpenAI) -> None:
        """The list of event types is what endpoints may ask for."""
        listed = client.webhooks.event_types.list()

        assert listed.data == [
            "fine_tuning.job.succeeded",
            "fine_tuning.job.failed",
            "fine_tuning.job.cancelled",
            "model.retiring",
        ]

    @on_sqlite
    def test_an_event_type_of_another_service(self, client: openai.OpenAI) -> None:
        """Event types that this service never sends are refused, rather than waited for in vain."""
        with pytest.raises(openai.BadRequestError, match=r"batch\.completed") as raised:
            client.webhooks.create(name="CI", url=URL, event_types=["batch.completed"])

        assert raised.value.param == "event_types"
