"""Uploading a file and asking for its report, with moderation where a test wants it."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.api.dataset_reports.asked import MODEL, connect
from tests.api.datasets import jsonl
from tests.api.forms import CONTENT_TYPE, PURPOSE, file_part, form
from tests.fixtures.drain import Drain
from tests.fixtures.moderation import Moderation


@pytest.fixture
def upload(http: httpx2.Client, drain: Drain) -> Callable[..., str]:
    """Upload rows as a checked training file; its id."""

    def upload(*rows: Any) -> str:
        body = form(PURPOSE, file_part(jsonl(*rows)))
        file_id: str = http.post("/v1/files", content=body, headers=CONTENT_TYPE).json()["id"]
        drain()
        return file_id

    return upload


@pytest.fixture
def report(http: httpx2.Client, drain: Drain) -> Callable[..., dict[str, Any]]:
    """Ask for a report until it is there."""

    def ask(file_id: str, **params: Any) -> dict[str, Any]:
        url = f"/api/v1/datasets/{file_id}/report"
        params = {"model": MODEL} | params
        if http.get(url, params=params).status_code == 202:
            drain()
        response = http.get(url, params=params)
        assert response.status_code == 200, response.text
        document: dict[str, Any] = response.json()
        return document

    return ask


@pytest.fixture
def connection(http: httpx2.Client, moderation: Moderation) -> str:
    """The id of a connection to the moderation."""
    made = http.get("/api/v1/connections").json()["data"]
    base_url = moderation.provider.base_url
    name = f"at {base_url}"
    known = next((row for row in made if row["name"] == name), None)
    return str((known or connect(http, base_url, name))["id"])


@pytest.fixture
def judge(
    upload: Callable[..., str], report: Callable[..., dict[str, Any]], connection: str
) -> Callable[..., dict[str, Any]]:
    """The report with moderation on these rows."""
    return lambda *rows, **params: report(upload(*rows), moderation=connection, **params)
