"""Asking for imports through the API, and having them done."""

import json
from collections.abc import Callable
from typing import Any

import httpx2
import openai
import pytest

from tests.fixtures.drain import Drain

ALPACA = [{"instruction": f"Add {n} and 1.", "input": "", "output": str(n + 1)} for n in range(12)]

Import = Callable[..., dict[str, Any]]


@pytest.fixture
def imported(http: httpx2.Client, drain: Drain) -> Import:
    """Ask for an import and have it done; the operation afterwards."""

    def run(**wish: Any) -> dict[str, Any]:
        answer = http.post("/api/v1/datasets/import", json=wish)
        assert answer.status_code == 202, answer.text
        drain()
        return look_up(http, answer.json()["id"])

    return run


def look_up(http: httpx2.Client, operation_id: str) -> dict[str, Any]:
    answer: dict[str, Any] = http.get(f"/api/v1/datasets/operations/{operation_id}").json()
    return answer


def upload(client: openai.OpenAI, data: bytes | list[Any], name: str, purpose: Any = "user_data") -> str:
    content = data if isinstance(data, bytes) else json.dumps(data).encode()
    return client.files.create(file=(name, content), purpose=purpose).id
