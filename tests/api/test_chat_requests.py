"""Chat requests that are refused before any model is asked."""

from typing import Any

import httpx2
import pytest

from tests.api.answers import assert_refused
from tests.fixtures.settings import on_sqlite

pytestmark = [on_sqlite, pytest.mark.usefixtures("unchanged")]

CHAT = "/v1/chat/completions"
GOOD: dict[str, Any] = {"model": "tiny", "messages": [{"role": "user", "content": "Hello"}]}

WRONG = [
    pytest.param({"messages": []}, "messages", id="no messages"),
    pytest.param({"messages": "Hello"}, "messages", id="messages that are text"),
    pytest.param({"messages": [GOOD["messages"][0]] * 2049}, "messages", id="2,049 messages"),
    pytest.param({"messages": [{"content": "x"}]}, "messages.0.role", id="no role"),
    pytest.param({"messages": [{"role": "wizard", "content": "x"}]}, "messages.0.role", id="an unknown role"),
    pytest.param({"messages": [{"role": "user", "content": 1}]}, "messages.0.content", id="content that is a number"),
    pytest.param({"messages": ["x"]}, "messages.0", id="a message that is text"),
    pytest.param({"temperature": 2.1}, "temperature", id="too hot"),
    pytest.param({"temperature": -0.1}, "temperature", id="too cold"),
    pytest.param({"top_p": 1.1}, "top_p", id="top_p over 1"),
    pytest.param({"n": 0}, "n", id="no answers"),
    pytest.param({"n": 129}, "n", id="129 answers"),
    pytest.param({"stop": ["a"] * 5}, "stop", id="five stops"),
    pytest.param({"stop": 1}, "stop", id="a stop that is a number"),
    pytest.param({"max_tokens": 0}, "max_tokens", id="no tokens"),
    pytest.param({"max_completion_tokens": -1}, "max_completion_tokens", id="negative tokens"),
    pytest.param({"presence_penalty": 3}, "presence_penalty", id="a penalty of 3"),
    pytest.param({"seed": 1.5}, "seed", id="a seed of 1.5"),
    pytest.param({"stream": "yes"}, "stream", id="stream yes"),
    pytest.param({"stream": 1}, "stream", id="stream 1"),
    pytest.param({"stream_options": {"include_usage": "yes"}}, "stream_options.include_usage", id="usage yes"),
    pytest.param({"model": ""}, "model", id="a model of nothing"),
    pytest.param({"model": "m" * 257}, "model", id="a model of 257 characters"),
    pytest.param({"model": None}, "model", id="a model of null"),
]


class TestRequests:
    @pytest.mark.parametrize(("fields", "param"), WRONG)
    def test_a_wrong_field_is_refused_by_name(self, http: httpx2.Client, fields: dict[str, Any], param: str) -> None:
        """A field out of its range is a 400 with its name as callers write it."""
        response = http.post(CHAT, json=GOOD | fields)

        assert_refused(response, 400, code="invalid_value" if param != "messages.0.role" else None, param=param)

    @pytest.mark.parametrize("model", ["gpt-4o", "ft:tiny:acme::00000000", "../tiny", "tiny\n", "\x01", "x" * 200])
    def test_an_unknown_model_is_not_found(self, http: httpx2.Client, model: str) -> None:
        """A name that no model of this project has is a 404."""
        assert_refused(http.post(CHAT, json=GOOD | {"model": model}), 404, code="model_not_found", param="model")

    def test_without_a_model_server_nothing_can_answer(self, http: httpx2.Client) -> None:
        """A service that runs no model server says so, and that asking again later may help."""
        response = http.post(CHAT, json=GOOD)

        assert_refused(response, 503, code="model_server_unavailable")
        assert response.json()["error"]["type"] == "service_unavailable_error"
