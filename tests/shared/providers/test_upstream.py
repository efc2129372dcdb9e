"""The clients of a provider: whose key they send, and what they take from the environment."""

import gzip
import json
from pathlib import Path

import httpx2
import openai
import pytest
from pydantic import SecretStr

from shared.providers.upstream import Upstream, open_client
from shared.settings import Settings
from tests.fixtures.receiver import Answer, Receiver
from tests.fixtures.settings import LOOPBACK

KEY = "sk-provider-key"
MADE = Answer(
    body=json.dumps({"id": "file-1", "object": "file"}).encode(), headers={"content-type": "application/json"}
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, outbound_allowed_networks=LOOPBACK, outbound_allow_http=True)


def call(receiver: Receiver, settings: Settings, kind: str = "openai", **headers: str) -> dict[str, str]:
    """The headers a provider gets with a call of the SDK."""
    receiver.answer_next(MADE)
    upstream = Upstream("conn_1", kind, receiver.url.removesuffix("/hook"), SecretStr(KEY), headers)
    with open_client(upstream, settings) as client:
        client.files.create(file=b"{}", purpose="fine-tune")
    return receiver.requests[-1].headers


class TestHeaders:
    def test_the_key_is_the_connections(self, receiver: Receiver, settings: Settings) -> None:
        """A call carries the connection's key and headers and says who calls."""
        sent = call(receiver, settings, **{"OpenAI-Organization": "org-theirs"})

        assert sent["authorization"] == f"Bearer {KEY}"
        assert (sent["openai-organization"], sent["user-agent"]) == ("org-theirs", "Tunery/1.0")

    def test_azure_has_a_header_of_its_own(self, receiver: Receiver, settings: Settings) -> None:
        """Azure gets the key as `api-key`, and no bearer token that it might take for another kind of login."""
        sent = call(receiver, settings, kind="azure")

        assert sent["api-key"] == KEY
        assert "authorization" not in sent

    def test_the_environment_has_no_say(
        self, receiver: Receiver, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Variables that the SDK reads by itself reach no provider."""
        for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
            monkeypatch.setenv(name, "of-this-machine")
        monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "x-custom: of-this-machine")

        assert "of-this-machine" not in str(call(receiver, settings))


class TestCalls:
    def test_are_never_repeated(self, receiver: Receiver, settings: Settings) -> None:
        """A failed call is one call: whether it may be repeated is not the client's to decide."""
        receiver.answer_next(Answer(status=500))
        upstream = Upstream("conn_1", "openai", receiver.url, SecretStr(KEY))

        with open_client(upstream, settings) as client, pytest.raises(openai.InternalServerError):
            client.files.create(file=b"{}", purpose="fine-tune")

        assert len(receiver.requests) == 1

    @pytest.mark.parametrize(
        "answer",
        [
            Answer(body=gzip.compress(bytes(90 << 20), 1), headers={"content-encoding": "gzip"}),
            Answer(body=bytes(90 << 20)),
        ],
        ids=["compressed", "plain"],
    )
    def test_take_no_flood(self, receiver: Receiver, settings: Settings, answer: Answer) -> None:
        """A provider that answers with more than any list has is cut off, however few bytes that was on the way."""
        receiver.answer_next(answer)
        upstream = Upstream("conn_1", "openai", receiver.url.removesuffix("/hook"), SecretStr(KEY))

        with open_client(upstream, settings) as client, pytest.raises(openai.APIConnectionError):
            client.get("/models", cast_to=httpx2.Response)

    def test_pass_the_guard(self, receiver: Receiver, tmp_path: Path) -> None:
        """A provider on a denied address is unreachable, and not connected to."""
        upstream = Upstream("conn_1", "openai", receiver.url, SecretStr(KEY))

        with open_client(upstream, Settings(data_dir=tmp_path)) as client, pytest.raises(openai.APIConnectionError):
            client.files.create(file=b"{}", purpose="fine-tune")

        assert receiver.requests == []
