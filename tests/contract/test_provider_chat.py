"""client.chat.completions through a connection whose provider answers as told."""

import gzip
import json
from dataclasses import replace

import httpx2
import openai
import pytest

from shared.connections import service as connections
from shared.connections.kinds import ConnectionKind
from shared.connections.service import ConnectionRequest
from shared.connections.tables import Connection
from shared.resources import Resources
from tests.contract.provider_chat import (
    CHAT,
    HELLO,
    SECRET,
    STREAM,
    WHOLE,
    ask,
    chunk,
)
from tests.fixtures.database import Tenant
from tests.fixtures.provider import Provider, Reply, events, reply
from tests.fixtures.settings import on_sqlite
from tests.fixtures.waiting import wait_until

pytestmark = on_sqlite

COMPRESSED = Reply(
    pieces=(gzip.compress(json.dumps(WHOLE).encode()),),
    headers={"content-type": "application/json", "content-encoding": "gzip"},
)
"""Nobody asked for it, and a few bytes of it may become very many."""


@pytest.mark.usefixtures("connection")
class TestPlain:
    def test_goes_out_as_it_came(self, client: openai.OpenAI, provider: Provider) -> None:
        """The provider gets the request with the connection's key, and nothing of ours."""
        answer = ask(client, temperature=0, tools=[], reasoning_effort="low", extra_body={"connection": "provider"})

        sent = provider.asked[-1]
        assert sent.body == {
            "model": "gpt-4o",
            "messages": HELLO,
            "temperature": 0,
            "tools": [],
            "reasoning_effort": "low",
        }
        assert sent.headers["authorization"] == f"Bearer {SECRET}"
        assert sent.headers["accept-encoding"] == "identity"
        assert (answer.choices[0].message.content, answer.model) == ("Hi", "gpt-4o-2024-08-06")

    def test_a_tuned_model_has_our_name(self, client: openai.OpenAI, provider: Provider, tuned: str) -> None:
        """A model tuned at the provider is asked for under the provider's name and answers under ours."""
        answer = ask(client, tuned)

        assert provider.asked[-1].body["model"] == "ft:gpt-4o:theirs::abc"
        assert answer.model == tuned

    def test_a_name_nobody_serves(self, client: openai.OpenAI) -> None:
        """A name that fits no connection is a 404 with near names."""
        with pytest.raises(openai.NotFoundError) as raised:
            ask(client, "tinyy")

        assert raised.value.code == "model_not_found"
        assert "`tiny`" in raised.value.message

    def test_an_unknown_connection(self, client: openai.OpenAI) -> None:
        """A connection that is not there is a 404 naming the parameter."""
        with pytest.raises(openai.NotFoundError) as raised:
            ask(client, extra_body={"connection": "nobody"})

        assert (raised.value.code, raised.value.param) == ("connection_not_found", "connection")

    def test_a_caller_that_hangs_up_ends_the_call(self, client: openai.OpenAI, provider: Provider) -> None:
        """When nobody waits for the answer any more, the call at the provider is closed."""
        provider.replies[CHAT] = Reply(hangs=True)

        with pytest.raises(openai.APITimeoutError):
            ask(client, timeout=0.3)

        wait_until(provider.hung_up.is_set, 10, what="the provider hears of the hang-up")


class TestAzure:
    def test_has_its_own_path_and_header(
        self, client: openai.OpenAI, provider: Provider, resources: Resources, tenant: Tenant
    ) -> None:
        """A deployment is asked for under /openai/v1 with the key as `api-key`; its errors are told."""
        refusal = {"error": {"code": "DeploymentNotFound", "message": "The API deployment does not exist."}}
        provider.replies["/openai/v1/chat/completions"] = reply(refusal, 404)
        request = ConnectionRequest(
            name="azure",
            kind=ConnectionKind.AZURE,
            base_url=provider.url,
            secret=SECRET,
            model_patterns=["my-deployment"],
        )
        with resources.database.transaction() as session:
            connections.create_connection(session, tenant.principal, request, settings=resources.settings)

        with pytest.raises(openai.NotFoundError, match="does not exist") as raised:
            ask(client, "my-deployment")

        assert raised.value.code == "DeploymentNotFound"
        assert provider.asked[-1].headers["api-key"] == SECRET
        assert "authorization" not in provider.asked[-1].headers


@pytest.mark.usefixtures("connection")
class TestRefusals:
    @pytest.mark.parametrize(
        ("told", "status", "code", "words"),
        [
            (reply({"error": {"message": "Too long", "code": "too_long"}}, 400), 400, "too_long", "Too long"),
            (reply({"error": {"message": "No such model", "code": "x"}}, 404), 404, "x", "No such model"),
            (reply({"detail": [{"msg": "field required"}]}, 422), 400, None, "field required"),
            (reply({"error": {"message": "Not for you", "code": None}}, 403), 403, None, "Not for you"),
            (reply({"error": {"message": "No credit left"}}, 402), 403, None, "No credit left"),
            (reply({"error": {"message": "Bad key"}}, 401), 403, "connection_key_refused", "`provider`"),
            (reply({"error": {"message": "Boom at 10.1.2.3"}}, 500), 503, "upstream_unavailable", "Ask again later"),
            (Reply(302, headers={"location": "/"}), 503, "upstream_unavailable", "could not answer"),
            (Reply(pieces=(b"<html>",), headers={"content-type": "text/html"}), 503, "upstream_unavailable", "other"),
            (Reply(pieces=(b'{"id"',), is_cut=True), 503, "upstream_unavailable", "broke off"),
            (COMPRESSED, 503, "upstream_unavailable", "broke off"),
            (replace(COMPRESSED, status=400), 503, "upstream_unavailable", "broke off"),
        ],
    )
    def test_are_told_in_our_envelope(
        self, client: openai.OpenAI, provider: Provider, told: Reply, *, status: int, code: str | None, words: str
    ) -> None:
        """What the caller can act on comes in the provider's words, the rest in ours."""
        provider.replies[CHAT] = told

        with pytest.raises(openai.APIStatusError, match=words) as raised:
            ask(client)

        assert (raised.value.status_code, raised.value.code) == (status, code)
        assert "10.1.2.3" not in raised.value.message

    def test_quote_neither_key_nor_address(self, client: openai.OpenAI, provider: Provider) -> None:
        """A provider that quotes the key or its own address is not repeated."""
        message = f"Key {SECRET} is not for {provider.base_url} (127.0.0.1)"
        provider.replies[CHAT] = reply({"error": {"message": message}}, 400)

        with pytest.raises(openai.BadRequestError) as raised:
            ask(client)

        assert not any(secret in raised.value.message for secret in (SECRET, "127.0.0.1", provider.base_url))

    def test_a_rate_limit_comes_with_its_time(self, client: openai.OpenAI, provider: Provider) -> None:
        """429 keeps the time after which to come back, in both forms that SDKs read."""
        provider.replies[CHAT] = reply(
            {"error": {"message": "Slow down", "code": "rate_limit_exceeded"}}, 429, retry_after_ms="1500"
        )

        with pytest.raises(openai.RateLimitError, match="Slow down") as raised:
            ask(client)

        headers = raised.value.response.headers
        assert (headers["retry-after-ms"], headers["retry-after"]) == ("1500", "2")

    def test_come_before_a_stream(self, client: openai.OpenAI, provider: Provider) -> None:
        """A refused stream is refused with a status."""
        provider.replies[CHAT] = reply({"error": {"message": "Too long"}}, 400)

        with pytest.raises(openai.BadRequestError):
            ask(client, stream=True)


@pytest.mark.usefixtures("connection")
class TestStreamed:
    @pytest.fixture(autouse=True)
    def streams(self, provider: Provider, connection: Connection) -> None:
        assert connection.name == "provider"
        provider.replies[CHAT] = events(*STREAM)

    def test_usage_is_hidden_unless_asked_for(self, client: openai.OpenAI, provider: Provider) -> None:
        """The provider is asked for usage; a caller who was not interested gets neither chunk nor field."""
        chunks = list(ask(client, stream=True))

        assert provider.asked[-1].body["stream_options"] == {"include_usage": True}
        assert [piece.choices[0].delta.content for piece in chunks] == ["Hi", " there", None]
        assert not any("usage" in piece.model_fields_set for piece in chunks)

    def test_usage_comes_where_asked_for(self, client: openai.OpenAI) -> None:
        """With `include_usage` the last chunk has it."""
        chunks = list(ask(client, stream=True, stream_options={"include_usage": True}))

        assert chunks[-1].choices == []
        assert chunks[-1].usage.total_tokens == 9

    def test_a_tuned_model_has_our_name(self, client: openai.OpenAI, tuned: str) -> None:
        """Every chunk names the model that was asked for."""
        assert {piece.model for piece in ask(client, tuned, stream=True)} == {tuned}

    def test_the_wire_is_whole(self, http: httpx2.Client) -> None:
        """Events end in an empty line, and the last is `[DONE]`, hidden ones leaving no gap."""
        answer = http.post(CHAT, json={"model": "gpt-4o", "messages": HELLO, "stream": True})

        parts = answer.text.split("\n\n")
        assert all(part.startswith("data: {") for part in parts[:-2])
        assert parts[-2:] == ["data: [DONE]", ""]

    def test_one_that_breaks_says_so(self, client: openai.OpenAI, provider: Provider) -> None:
        """A provider that dies in the middle ends the stream with an error."""
        provider.replies[CHAT] = events(chunk("Hi"), is_cut=True)
        heard: list[str | None] = []

        with pytest.raises(openai.APIError, match="stopped in the middle"):
            heard.extend(piece.choices[0].delta.content for piece in ask(client, stream=True))

        assert heard == ["Hi"]

    def test_an_error_inside_quotes_no_key(self, client: openai.OpenAI, provider: Provider) -> None:
        """An error that the provider puts into its stream is told without the key it may quote."""
        provider.replies[CHAT] = events(chunk("Hi"), {"error": {"message": f"Key {SECRET} is over quota"}})

        with pytest.raises(openai.APIError, match="over quota") as raised:
            list(ask(client, stream=True))

        assert SECRET not in str(raised.value)

    def test_a_web_page_is_none(self, client: openai.OpenAI, provider: Provider) -> None:
        """Whoever answers a stream with a page is no provider, and the caller is told so before the first byte."""
        provider.replies[CHAT] = Reply(pieces=(b"<html>Welcome",), headers={"content-type": "text/html"})

        with pytest.raises(openai.InternalServerError) as raised:
            ask(client, stream=True)

        assert raised.value.code == "upstream_unavailable"

    def test_a_caller_that_hangs_up_ends_the_call(self, client: openai.OpenAI, provider: Provider) -> None:
        """Closing a stream in the middle closes the call at the provider."""
        provider.replies[CHAT] = events(chunk("Hi"), hangs=True)

        with ask(client, stream=True) as stream:
            assert next(iter(stream)).choices[0].delta.content == "Hi"

        wait_until(provider.hung_up.is_set, 10, what="the provider hears of the hang-up")
