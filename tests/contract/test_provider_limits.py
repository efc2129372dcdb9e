"""Limits of a connection, what is written down of its use, its models, and another Tunery as the provider."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

from shared.connections import service as connections
from shared.connections.tables import Connection
from shared.resources import Resources
from tests.contract.model_server import WORDS, TinyModelServer
from tests.contract.provider_chat import (
    CHAT,
    HELLO,
    STREAM,
    WHOLE,
    ask,
    chunk,
    used,
)
from tests.fixtures.database import Tenant
from tests.fixtures.provider import Provider, events, reply
from tests.fixtures.redis import RedisServer
from tests.fixtures.second_tunery import SecondTunery, run_second_tunery
from tests.fixtures.settings import on_sqlite
from tests.fixtures.waiting import wait_until

pytestmark = on_sqlite


class TestLimits:
    @pytest.fixture
    def limited(self, resources: Resources, tenant: Tenant, connection: Connection) -> None:
        with resources.database.transaction() as session:
            changes = {"rate_limits": {"concurrent": 1}}
            connections.update_connection(
                session, tenant.principal, connection.id, changes, settings=resources.settings
            )

    @pytest.mark.usefixtures("limited")
    def test_calls_at_once_are_limited(self, client: openai.OpenAI, provider: Provider) -> None:
        """While one call is under way a second is a 429, and the place is free when the first is over."""
        provider.replies[CHAT] = events(chunk("Hi"), hangs=True)

        with ask(client, stream=True) as stream:
            next(iter(stream))
            provider.replies[CHAT] = reply(WHOLE)
            with pytest.raises(openai.RateLimitError) as raised:
                ask(client)

        assert raised.value.code == "connection_busy"
        assert len(provider.asked) == 1
        wait_until(lambda: _is_answered(client), 10, what="the place is free again")

    def test_requests_a_minute_are_limited(
        self, client: openai.OpenAI, provider: Provider, resources: Resources, tenant: Tenant, connection: Connection
    ) -> None:
        """A connection whose requests of the minute are used up is a 429 that says for how long, and is not called."""
        with resources.database.transaction() as session:
            changes = {"rate_limits": {"requests_per_minute": 1}}
            connections.update_connection(
                session, tenant.principal, connection.id, changes, settings=resources.settings
            )
        ask(client)

        with pytest.raises(openai.RateLimitError) as raised:
            ask(client)

        assert raised.value.code == "connection_busy"
        assert 20 < float(raised.value.response.headers["retry-after"]) <= 60
        assert len(provider.asked) == 1


def _is_answered(client: openai.OpenAI) -> bool:
    try:
        return bool(ask(client).choices)
    except openai.RateLimitError:
        return False


@pytest.mark.usefixtures("connection")
class TestUsage:
    def test_of_every_kind_is_written_down(
        self, client: openai.OpenAI, provider: Provider, http: httpx2.Client, connection: Connection
    ) -> None:
        """Plain and streamed calls, at the provider and at the engine, are counted by model and connection."""
        ask(client)
        provider.replies[CHAT] = events(*STREAM)
        list(ask(client, stream=True))
        ask(client, "tiny")

        wait_until(lambda: len(used(http)) == 2, 10, what="usage is written")
        theirs, ours = used(http)
        assert (theirs["model"], theirs["connection_id"], theirs["num_model_requests"]) == ("gpt-4o", connection.id, 2)
        assert (theirs["input_tokens"], theirs["output_tokens"]) == (14, 4)
        assert (ours["model"], ours["connection_id"], ours["input_tokens"]) == ("tiny", None, 7)

    def test_without_a_count_is_a_request(self, client: openai.OpenAI, provider: Provider, http: httpx2.Client) -> None:
        """A stream that its caller left counts as a request without tokens."""
        provider.replies[CHAT] = events(chunk("Hi"), hangs=True)

        with ask(client, stream=True) as stream:
            next(iter(stream))

        wait_until(lambda: len(used(http)) == 1, 10, what="usage is written")
        assert (used(http)[0]["num_model_requests"], used(http)[0]["output_tokens"]) == (1, 0)

    @pytest.mark.parametrize("usage", [None, "many", {"prompt_tokens": -1, "completion_tokens": True}])
    def test_that_is_no_count_is_left_out(self, provider: Provider, http: httpx2.Client, usage: Any) -> None:
        """What a provider says of usage is not believed blindly."""
        provider.replies[CHAT] = reply(
            {name: value for name, value in WHOLE.items() if name != "usage"} | {"usage": usage}
        )

        http.post(CHAT, json={"model": "gpt-4o", "messages": HELLO})

        wait_until(lambda: len(used(http)) == 1, 10, what="usage is written")
        assert used(http)[0]["input_tokens"] == 0

    @pytest.mark.parametrize(("start", "end"), [(10, 10), (10, 5), (0, 366 * 86_400 + 1)])
    def test_of_no_time_or_too_long_is_refused(self, http: httpx2.Client, start: int, end: int) -> None:
        """A span that is empty or longer than a year is a 400."""
        answer = http.get("/api/v1/usage/completions", params={"start_time": start, "end_time": end})

        assert answer.status_code == 400


class TestAnotherTunery:
    @pytest.fixture
    def second(
        self,
        tmp_path: Path,
        redis_server: RedisServer,
        sqlite_template: Path,
        tiny_model: Path,
        model_server: TinyModelServer,
    ) -> Iterator[SecondTunery]:
        with run_second_tunery(
            tmp_path / "second",
            redis_url=redis_server.url,
            sqlite_template=sqlite_template,
            tiny_model=tiny_model,
            inference_url=model_server.url,
            base_models={"big": str(tiny_model)},
        ) as second:
            yield second

    def test_is_a_provider(self, client: openai.OpenAI, http: httpx2.Client, second: SecondTunery) -> None:
        """What another Tunery lists leads to it and is answered by it, plain and streamed."""
        body = {"name": "cluster", "kind": "openai_compatible", "preset": "tunery", "secret": second.api_key}
        made = http.post("/api/v1/connections", json=body | {"base_url": second.url}).json()
        assert http.post(f"/api/v1/connections/{made['id']}/test").json()["success"]

        answer = ask(client, "big")
        pieces = [chunk.choices[0].delta.content for chunk in ask(client, "big", stream=True) if chunk.choices]

        assert (answer.model, answer.choices[0].message.content) == ("big", "".join(WORDS))
        assert pieces == ["", *WORDS, None]

    def test_that_leads_back_ends(
        self, client: openai.OpenAI, http: httpx2.Client, api_url: str, tenant: Tenant
    ) -> None:
        """A connection to the very service it is in goes round a few times and is then refused by name."""
        body = {"name": "mirror", "kind": "openai_compatible", "preset": "tunery", "secret": tenant.api_key}
        http.post("/api/v1/connections", json=body | {"base_url": api_url, "models": ["echo"]})

        with pytest.raises(openai.BadRequestError) as raised:
            ask(client, "echo")

        assert raised.value.code == "connection_loop"


class TestModels:
    def test_of_connections_are_listed(
        self, client: openai.OpenAI, resources: Resources, tenant: Tenant, connection: Connection, tuned: str
    ) -> None:
        """GET /v1/models has what connections list, with the date a model goes away, for those tuned from it too."""
        listed = [
            {"id": "gpt-4o", "created": 5, "owned_by": "system", "shutdown_date": "2027-01-14"},
            {"id": "ft:gpt-4o:theirs::abc", "created": 6, "owned_by": "theirs", "shutdown_date": "2027-01-14"},
        ]
        with resources.database.transaction() as session:
            connections.keep_listed_models(session, tenant.project_id, connection.id, listed)

        found = {model.id: model for model in client.models.list()}

        assert {"tiny", "gpt-4o", tuned} <= found.keys()
        assert (found["gpt-4o"].owned_by, found["gpt-4o"].shutdown_date) == ("system", "2027-01-14")
        assert found[tuned].shutdown_date == "2027-01-14"
        assert client.models.retrieve("gpt-4o") == found["gpt-4o"]

    @pytest.mark.usefixtures("connection")
    def test_of_strangers_are_not(self, other_client: openai.OpenAI) -> None:
        """What another organization's connection serves is not there."""
        with pytest.raises(openai.NotFoundError):
            ask(other_client)
