"""Paths that lead nowhere: strange ids, strange spellings, routes that do not exist."""

from typing import Any

import httpx2
import pytest

from tests.api.answers import assert_refused
from tests.api.raw_http import ask
from tests.fixtures.database import Tenant
from tests.fixtures.settings import on_sqlite

pytestmark = pytest.mark.usefixtures("unchanged")

STRANGE_IDS = [
    pytest.param(str(2**63), id="2 to the 63rd"),
    pytest.param("1" + "0" * 22, id="10 to the 22nd"),
    pytest.param("1_0", id="a digit group"),
    pytest.param("%201", id="a space before"),
    pytest.param("1.0", id="a fraction"),
    pytest.param("%D9%A1", id="an Arabic digit"),
    pytest.param("-1", id="negative"),
    pytest.param("%00", id="NUL"),
    pytest.param("%ff%fe", id="not UTF-8"),
    pytest.param("..", id="the folder above"),
    pytest.param("%2e%2e", id="the folder above, encoded"),
    pytest.param("x" * 5000, id="5,000 characters"),
    pytest.param("file-0000000000000000000000", id="a file that is not there"),
    pytest.param("' OR 1=1 --", id="SQL"),
]
ROUTES = [
    pytest.param("GET", "/v1/files/{id}", id="files"),
    pytest.param("GET", "/v1/files/{id}/content", id="content"),
    pytest.param("POST", "/v1/uploads/{id}/cancel", id="uploads"),
    pytest.param("GET", "/v1/fine_tuning/jobs/{id}", id="jobs"),
    pytest.param("GET", "/v1/models/{id}", id="models"),
    pytest.param("GET", "/v1/webhook_endpoints/{id}", id="endpoints"),
]


class TestStrangeIds:
    @pytest.mark.parametrize("strange", STRANGE_IDS)
    @pytest.mark.parametrize(("method", "path"), ROUTES)
    def test_an_id_nobody_gave_out_is_not_found(
        self, api_url: str, tenant: Tenant, method: str, path: str, strange: str
    ) -> None:
        """Ids are opaque text: whatever stands in a path, the answer is 404 and never another route or a 500."""
        key = f"Authorization: Bearer {tenant.api_key}"

        answer = ask(api_url, method, path.format(id=strange.replace(" ", "%20")), key)

        assert_refused(answer, 404)

    def test_a_model_name_may_hold_anything(self, http: httpx2.Client) -> None:
        """Names of models hold slashes and colons, so what looks like another route is a model that is not there."""
        response = http.get("/v1/models/ft:a%2Fb:c::d/permissions")

        assert_refused(response, 404, code="model_not_found")


def spelling(path: str) -> Any:
    return pytest.param(path, id=path)


@on_sqlite
class TestUnknownRoutes:
    @pytest.mark.parametrize(
        "path",
        [
            spelling("/"),
            spelling("/v1"),
            spelling("/v1/"),
            spelling("/v1/nope"),
            spelling("/openai/v1/nope"),
            spelling("/openai"),
            spelling("/v1/v1/files"),
            spelling("/v1/fine-tuning/jobs"),
            spelling("/v1/completions"),
            spelling("/v1/files/"),
            spelling("//v1/files"),
            spelling("/v1//files"),
            spelling("/v1/files/../files"),
            spelling("/v1/%2e%2e/healthz"),
            spelling("/v1/files;x"),
            spelling("/v1/files%00"),
            spelling("/V1/files"),
            spelling("/v1/files/file-1/content/more"),
            spelling("/docs"),
            spelling("/redoc"),
        ],
    )
    def test_the_wire_answers_in_its_envelope(self, api_url: str, tenant: Tenant, path: str) -> None:
        """A URL that is no route is a 404 with the code `unknown_url`, not a redirect and not a page."""
        answer = ask(api_url, "GET", path, f"Authorization: Bearer {tenant.api_key}")

        assert_refused(answer, 404, code="unknown_url")

    @pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
    def test_our_own_api_answers_problem_details(self, http: httpx2.Client, method: str) -> None:
        """Under /api/v1 an error is RFC 9457's, with the same code."""
        response = http.request(method, "/api/v1/nope")

        problem = response.json()
        assert response.status_code == 404
        assert response.headers["content-type"] == "application/problem+json"
        assert response.headers["x-request-id"].startswith("req_")
        assert set(problem) == {"type", "title", "status", "detail", "code", "param"}
        assert (problem["status"], problem["code"]) == (404, "unknown_url")

    def test_no_key_is_needed_to_be_told(self, wire: httpx2.Client) -> None:
        """A URL that is no route says so before it asks for a key, so that a wrong base URL is found at once."""
        assert_refused(wire.get("/fine_tuning/jobs"), 404, code="unknown_url")


class TestReports:
    @pytest.mark.parametrize("file_id", ["file-0000000000000000000000", "nope", "%00", "x" * 5000])
    def test_a_report_that_is_not_there_is_a_problem(self, http: httpx2.Client, file_id: str) -> None:
        """The report of an unknown file is a 404 in problem details, whatever the id looks like."""
        response = http.get(f"/api/v1/datasets/{file_id}/report")

        assert response.status_code == 404
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["code"] == "report_not_found"

    def test_a_report_needs_a_key(self, wire: httpx2.Client) -> None:
        """A missing key under /api/v1 is a 401 in problem details."""
        response = wire.get("/api/v1/datasets/file-0000000000000000000000/report")

        assert response.status_code == 401
        assert response.json()["code"] == "missing_api_key"
