"""client.chat.completions, plain and streamed, with a model server behind the API that does as it is told."""

from collections.abc import Iterator
from typing import Any

import httpx2
import openai
import pytest
from openai.types.chat import ChatCompletionUserMessageParam
from pydantic import SecretStr

from shared.models import service
from shared.resources import Resources
from shared.settings import Settings
from tests.contract.conftest import HUB_MODEL, MODEL_SERVER_TOKEN
from tests.contract.model_server import WORDS, TinyModelServer
from tests.fixtures.api import ClientMaker, serve
from tests.fixtures.database import Tenant
from tests.fixtures.settings import on_sqlite
from tests.fixtures.waiting import wait_until

pytestmark = on_sqlite


def say(text: str) -> list[ChatCompletionUserMessageParam]:
    return [{"role": "user", "content": text}]


@pytest.fixture
def tuned(resources: Resources, tenant: Tenant) -> str:
    """The name of a model this project has trained."""
    name = f"ft:tiny:acme:desk:{tenant.project_id[-8:]}"
    with resources.database.transaction() as session:
        service.register_model(
            session,
            tenant.project_id,
            name=name,
            base="tiny",
            job_id="ftjob-1",
            step_number=9,
            adapter_prefix="jobs/a/b",
        )
    return name


class TestPlain:
    def test_an_answer_is_whole(self, client: openai.OpenAI) -> None:
        """A completion names the model that was asked, has one choice, and counts its tokens."""
        completion = client.chat.completions.create(model="tiny", messages=say("2 + 2?"))

        assert (completion.object, completion.model) == ("chat.completion", "tiny")
        assert (completion.choices[0].message.role, completion.choices[0].finish_reason) == ("assistant", "stop")
        assert completion.choices[0].message.content == "".join(WORDS)
        assert completion.usage is not None
        assert completion.usage.total_tokens == 11

    def test_the_model_server_gets_base_and_adapter(
        self, client: openai.OpenAI, model_server: TinyModelServer, tuned: str
    ) -> None:
        """A tuned name becomes its base and its adapter; everything else goes through as it was asked."""
        client.chat.completions.create(
            model=tuned, messages=say("2 + 2?"), temperature=0, max_tokens=9, seed=3, stop=["\n"], user="u-1"
        )

        asked = model_server.requests[-1]
        assert (asked["model"], asked["adapter"]) == ("tiny", "jobs/a/b")
        rest = {"temperature": 0, "max_tokens": 9, "seed": 3, "stop": ["\n"], "user": "u-1"}
        assert {name: asked[name] for name in rest} == rest
        assert "stream" not in asked
        assert model_server.tokens[-1] == f"Bearer {MODEL_SERVER_TOKEN}"

    def test_a_base_model_has_no_adapter(self, client: openai.OpenAI, model_server: TinyModelServer) -> None:
        """A client cannot name an adapter of its own: it is the service that says what is loaded."""
        strangers = {"adapter": "jobs/of/a/stranger"}

        client.chat.completions.create(model=HUB_MODEL, messages=say("Hi"), extra_body=strangers)

        assert (model_server.requests[-1]["model"], model_server.requests[-1]["adapter"]) == (HUB_MODEL, None)

    def test_a_refusal_is_passed_on(self, client: openai.OpenAI) -> None:
        """What the model server refuses, the caller hears in its words."""
        with pytest.raises(openai.BadRequestError, match="The prompt is too long for this model") as raised:
            client.chat.completions.create(model="tiny", messages=say("refuse"))

        assert (raised.value.param, raised.value.code) == ("messages", "too_long")

    def test_a_defect_is_not(self, client: openai.OpenAI) -> None:
        """What breaks in the model server is a 503 without its details."""
        with pytest.raises(openai.InternalServerError) as raised:
            client.chat.completions.create(model="tiny", messages=say("fail"))

        assert (raised.value.status_code, raised.value.code) == (503, "model_server_unavailable")
        assert "CUDA" not in raised.value.message

    def test_a_caller_that_hangs_up_frees_the_model(self, client: openai.OpenAI, model_server: TinyModelServer) -> None:
        """When nobody waits for the answer any more, the model server is told at once."""
        model_server.hung_up.clear()

        with pytest.raises(openai.APITimeoutError):
            client.chat.completions.create(model="tiny", messages=say("wait"), timeout=0.3)

        wait_until(model_server.hung_up.is_set, 10, what="the model server hears of the hang-up")


def pieces(stream: Iterator[Any]) -> list[str]:
    return [chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices]


class TestStreamed:
    def test_an_answer_in_pieces(self, client: openai.OpenAI) -> None:
        """Chunks come in order, each under one id and the asked name, the last with a reason to end."""
        chunks = list(client.chat.completions.create(model="tiny", messages=say("2 + 2?"), stream=True))

        assert pieces(iter(chunks)) == ["", *WORDS, ""]
        assert {(chunk.id, chunk.model, chunk.object) for chunk in chunks} == {
            ("chatcmpl-1", "tiny", "chat.completion.chunk")
        }
        assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-2:] == [None, "stop"]

    def test_usage_comes_last(self, client: openai.OpenAI, model_server: TinyModelServer) -> None:
        """With `include_usage` the last chunk has no choice and the count of tokens."""
        stream = client.chat.completions.create(
            model="tiny", messages=say("2 + 2?"), stream=True, stream_options={"include_usage": True}
        )

        *others, last = list(stream)

        assert model_server.requests[-1]["stream_options"] == {"include_usage": True}
        assert last.choices == []
        assert last.usage is not None
        assert last.usage.total_tokens == 11
        assert not [chunk for chunk in others if chunk.usage]

    def test_the_sdks_stream_helper(self, client: openai.OpenAI) -> None:
        """`chat.completions.stream` puts the pieces together to the plain answer."""
        with client.chat.completions.stream(model="tiny", messages=say("2 + 2?")) as stream:
            completion = stream.get_final_completion()

        assert completion.choices[0].message.content == "".join(WORDS)

    def test_the_stream_is_an_event_stream(self, http: httpx2.Client) -> None:
        """On the wire it is server-sent events with `[DONE]` at the end."""
        request = {"model": "tiny", "messages": say("2 + 2?"), "stream": True}

        response = http.post("/v1/chat/completions", json=request)

        events = [line for line in response.text.split("\n\n") if line]
        assert response.headers["content-type"].startswith("text/event-stream")
        assert all(event.startswith("data: {") for event in events[:-1])
        assert events[-1] == "data: [DONE]"

    @pytest.mark.parametrize(("wish", "status"), [("refuse", 400), ("fail", 503)])
    def test_a_refusal_comes_before_the_stream(self, client: openai.OpenAI, wish: str, status: int) -> None:
        """What is refused is refused with a status, not in the middle of a 200."""
        with pytest.raises(openai.APIStatusError) as raised:
            client.chat.completions.create(model="tiny", messages=say(wish), stream=True)

        assert raised.value.status_code == status

    def test_a_stream_that_breaks_says_so(self, client: openai.OpenAI) -> None:
        """When the model server dies in the middle, the stream ends with an error, never as if it were complete."""
        stream = client.chat.completions.create(model="tiny", messages=say("die"), stream=True)
        heard: list[str | None] = []

        with pytest.raises(openai.APIError, match="stopped in the middle"):
            heard.extend(chunk.choices[0].delta.content for chunk in stream)

        assert heard == ["", WORDS[0]]

    def test_a_caller_that_hangs_up_frees_the_model(self, client: openai.OpenAI, model_server: TinyModelServer) -> None:
        """Closing a stream in the middle reaches the model server."""
        model_server.hung_up.clear()

        with client.chat.completions.create(model="tiny", messages=say("wait"), stream=True) as stream:
            first = next(iter(stream))

        assert first.choices[0].delta.role == "assistant"
        wait_until(model_server.hung_up.is_set, 10, what="the model server hears of the hang-up")


class TestModelServer:
    def test_it_may_want_no_token(self, settings: Settings, client_for: ClientMaker, tenant: Tenant) -> None:
        """A model server on a private network needs no shared secret."""
        trusting = settings.model_copy(update={"inference_token": SecretStr("")})
        with serve(trusting) as url:
            client = client_for(tenant.api_key).with_options(base_url=f"{url}/v1")

            assert client.chat.completions.create(model="tiny", messages=say("Hi")).choices

    def test_nobody_listens(self, settings: Settings, client_for: ClientMaker, tenant: Tenant) -> None:
        """A model server that is not there is a 503, plain and streamed."""
        away = settings.model_copy(update={"inference_url": "http://127.0.0.1:1"})
        with serve(away) as url:
            client = client_for(tenant.api_key).with_options(base_url=f"{url}/v1")
            for stream in (False, True):
                with pytest.raises(openai.InternalServerError) as raised:
                    client.chat.completions.create(model="tiny", messages=say("Hi"), stream=stream)
                assert raised.value.code == "model_server_unavailable"

    def test_it_takes_too_long(self, settings: Settings, client_for: ClientMaker, tenant: Tenant) -> None:
        """A model server that does not answer in time is a 503 that says what may help."""
        hasty = settings.model_copy(update={"inference_timeout_seconds": 0.2})
        with serve(hasty) as url:
            client = client_for(tenant.api_key).with_options(base_url=f"{url}/v1")
            with pytest.raises(openai.InternalServerError, match="Ask for fewer tokens"):
                client.chat.completions.create(model="tiny", messages=say("wait"))
