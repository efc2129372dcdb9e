"""What the API process writes while it is used: a line for each request, and no secret in any."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.api.datasets import chat_row, jsonl
from tests.api.forms import CONTENT_TYPE, PURPOSE, file_part, form
from tests.fixtures.database import Tenant
from tests.fixtures.settings import on_sqlite
from tests.fixtures.waiting import wait_until
from tests.fixtures.workers import Service

pytestmark = on_sqlite

PRIVATE = "a sentence from the training data that is nobody's business"
HOOK: dict[str, Any] = {
    "name": "CI",
    "url": "https://example.com/hook?token=in-the-address",
    "event_types": ["fine_tuning.job.failed"],
}


@pytest.fixture
def used(service: Service, tenant: Tenant) -> Iterator[list[httpx2.Response]]:
    """A session with a real API process: what was answered, good and bad requests, in order."""
    service.start("api")
    key = {"authorization": f"Bearer {tenant.api_key}"}
    with httpx2.Client(base_url=service.url, headers=key, trust_env=False, timeout=30) as client:
        upload = form(PURPOSE, file_part(jsonl(*[chat_row(PRIVATE)] * 10)))
        file = client.post("/v1/files", content=upload, headers=CONTENT_TYPE)
        job = {"model": "tiny", "training_file": file.json()["id"]}
        yield [
            file,
            client.post("/v1/webhook_endpoints", json=HOOK),
            client.post("/v1/fine_tuning/jobs", json=job),
            client.post("/v1/fine_tuning/jobs", json=job | {"suffix": tenant.api_key}),
            client.post("/v1/fine_tuning/jobs", content=b'{"api_key": "%s"' % tenant.api_key.encode()),
            client.get("/v1/files", headers={"authorization": f"Bearer {tenant.admin_key}x"}),
            client.get(f"/v1/models/{tenant.api_key}"),
            client.get(f"/v1/files?after={tenant.api_key}"),
            client.get(f"/v1/files/{file.json()['id']}/content"),
        ]


class TestLogs:
    def test_a_line_for_each_request_and_no_secret_in_any(
        self, used: list[httpx2.Response], service: Service, tenant: Tenant
    ) -> None:
        """Each request has a line under its id; keys, secrets, addresses and training data are in none of them."""
        wait_until(lambda: used[-1].headers["x-request-id"] in service.log_of("api", lines=1000), what="the last line")
        secret = used[1].json()["signing_secret"]

        log = service.log_of("api", lines=1000)

        lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
        answered = {line["request_id"]: line for line in lines if line["event"] == "request.answered"}
        for response in used:
            line = answered[response.headers["x-request-id"]]
            assert (line["method"], line["status"]) == (response.request.method, response.status_code)
        for private in (tenant.api_key, tenant.admin_key, secret.removeprefix("whsec_"), PRIVATE, "in-the-address"):
            assert private not in log
