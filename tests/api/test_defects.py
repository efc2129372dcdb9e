"""Defects of ours: the caller learns that it was us and how to name the request, the log learns everything."""

from typing import Any

import httpx2
import pytest
from sqlmodel import col, update

from shared.files.service import object_key
from shared.jobs.tables import Job
from shared.resources import Resources
from tests.api.answers import refusal_of
from tests.api.datasets import good_file
from tests.api.forms import CONTENT_TYPE, PURPOSE, file_part, form
from tests.factories.rows import add_job
from tests.fixtures.database import Tenant


def logged(caplog: pytest.LogCaptureFixture, event: str) -> dict[str, Any]:
    """The one log line of this name, as its fields."""
    (line,) = [record.msg for record in caplog.records if isinstance(record.msg, dict) and record.msg["event"] == event]
    return line


class TestDefects:
    @pytest.mark.parametrize("prefix", ["/v1", "/openai/v1"])
    def test_a_row_nobody_could_have_written(
        self,
        http: httpx2.Client,
        resources: Resources,
        tenant: Tenant,
        caplog: pytest.LogCaptureFixture,
        prefix: str,
    ) -> None:
        """An exception nobody foresaw is a 500 without a word of it; the log has it under the same request id."""
        with resources.database.transaction() as session:
            job = add_job(session, tenant.principal, resources.settings)
            session.flush()
            session.execute(update(Job).where(col(Job.id) == job.id).values(status="dancing"))

        response = http.get(f"{prefix}/fine_tuning/jobs/{job.id}")

        assert response.status_code == 500
        error = refusal_of(response)
        assert (error["type"], error["code"], error["param"]) == ("server_error", "server_error", None)
        assert "dancing" not in response.text
        line = logged(caplog, "request.failed")
        assert line["request_id"] == response.headers["x-request-id"]
        assert "dancing" in line["exception"]

        # One bad row in a list would keep the whole list from every later test.
        with resources.database.transaction() as session:
            session.execute(update(Job).where(col(Job.id) == job.id).values(status="cancelled"))

    def test_an_object_that_is_gone(
        self, http: httpx2.Client, resources: Resources, tenant: Tenant, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A file whose bytes are missing is our defect: a 500 before the first byte, not half a file."""
        body = form(PURPOSE, file_part(good_file()))
        file_id = http.post("/v1/files", content=body, headers=CONTENT_TYPE).json()["id"]
        key = object_key(tenant.project_id, file_id)
        resources.store.delete(key)

        response = http.get(f"/v1/files/{file_id}/content")

        assert response.status_code == 500
        assert refusal_of(response)["code"] == "server_error"
        assert key not in response.text
        assert logged(caplog, "object.missing")["key"] == key

    def test_the_service_goes_on(self, http: httpx2.Client, resources: Resources, tenant: Tenant) -> None:
        """After a defect the same connection serves the next request."""
        with resources.database.transaction() as session:
            job = add_job(session, tenant.principal, resources.settings)

        # The file's row is there and its bytes are not.
        first = http.get(f"/v1/files/{job.training_file}/content")
        second = http.get(f"/v1/files/{job.training_file}")

        assert (first.status_code, second.status_code) == (500, 200)
        assert first.headers["x-request-id"] != second.headers["x-request-id"]
