"""Requests below what client libraries send: wrong lengths, lost connections, strange headers, hosts and methods."""

import httpx2
import pytest

from shared.resources import Resources
from tests.api.answers import assert_refused
from tests.api.forms import CONTENT_TYPE, PURPOSE, file_part, form
from tests.api.raw_http import RawConnection, ask, request
from tests.api.traces import take_census
from tests.fixtures.database import Tenant
from tests.fixtures.settings import on_sqlite
from tests.fixtures.waiting import wait_until

pytestmark = [on_sqlite, pytest.mark.usefixtures("unchanged")]

JOB = b'{"model":"tiny","training_file":"file-1"}'
JSON = "Content-Type: application/json"
FORM = f"Content-Type: {CONTENT_TYPE['content-type']}"
UPLOAD = b'{"filename":"a","purpose":"fine-tune","bytes":1,"mime_type":"text/plain"}'


@pytest.fixture
def key(tenant: Tenant) -> str:
    return f"Authorization: Bearer {tenant.api_key}"


class TestLostConnections:
    def test_an_upload_cut_off_leaves_nothing(
        self, api_url: str, key: str, http: httpx2.Client, resources: Resources
    ) -> None:
        """A file on its way is in no list, and when its sender is lost, nothing of it stays."""
        before, listed = take_census(resources), http.get("/v1/files").json()
        head = request("POST", "/v1/files", key, FORM, f"Content-Length: {4 << 20}")

        with RawConnection(api_url) as connection:
            connection.send(head + form(PURPOSE, file_part(b"x" * (2 << 20)), is_closed=False))
            wait_until(lambda: take_census(resources).files > before.files, what="the first megabyte is being written")

            assert http.get("/v1/files").json() == listed

        wait_until(lambda: take_census(resources) == before, 5, what="nothing is left of the upload")

    def test_a_request_cut_off_is_no_request(self, api_url: str, key: str, wire: httpx2.Client) -> None:
        """JSON that ends with its connection is not acted upon, even where it would be complete."""
        with RawConnection(api_url) as connection:
            connection.send(request("POST", "/v1/uploads", key, JSON, "Content-Length: 1000", body=UPLOAD))

        # A round trip, by the end of which the API has seen the connection end.
        assert wire.get("/healthz").status_code == 200


class TestLengths:
    def test_bytes_behind_a_body_are_no_request(self, api_url: str, key: str) -> None:
        """What follows a body that was declared too short is not taken for a request of its own."""
        sent = request("POST", "/v1/fine_tuning/jobs", key, JSON, "Content-Length: 2", body=b"{}" + JOB)

        with RawConnection(api_url) as connection:
            connection.send(sent)

            assert connection.receive("POST").status_code == 400

    @pytest.mark.parametrize(
        "headers",
        [
            pytest.param(["Content-Length: -1"], id="negative"),
            pytest.param(["Content-Length: 1e3"], id="no number"),
            pytest.param(["Content-Length: 2", "Content-Length: 3"], id="two lengths"),
            pytest.param(["Content-Length: 41", "Transfer-Encoding: chunked"], id="length and chunks"),
            pytest.param(["Transfer-Encoding: chunked"], id="chunks without sizes"),
        ],
    )
    def test_lengths_that_make_no_sense_are_refused(self, api_url: str, key: str, headers: list[str]) -> None:
        """A body whose end is not clear is a 400, before any of it is used."""
        answer = ask(api_url, "POST", "/v1/fine_tuning/jobs", key, JSON, *headers, body=JOB)

        assert answer.status_code == 400


class TestHeaders:
    @pytest.mark.parametrize(
        "header",
        [
            pytest.param("X-Bad: a\nX-Other: b", id="a bare line feed"),
            pytest.param("X-Bad: a\0b", id="NUL"),
            pytest.param("X Bad: a", id="a space in the name"),
        ],
    )
    def test_malformed_headers_are_refused(self, api_url: str, key: str, header: str) -> None:
        """A header that parsers could read differently is a 400."""
        assert ask(api_url, "GET", "/v1/files", key, header).status_code == 400

    @pytest.mark.parametrize(
        "headers",
        [
            pytest.param(["X-Big: " + "x" * 65_536], id="64 kB in one"),
            pytest.param([f"X-{number}: x" for number in range(200)], id="200 of them"),
        ],
    )
    def test_many_headers_do_no_harm(self, api_url: str, key: str, headers: list[str]) -> None:
        """Headers the service has no use for change nothing in its answer."""
        answer = ask(api_url, "GET", "/v1/files/file-1", key, *headers)

        assert_refused(answer, 404)

    @pytest.mark.parametrize("host", ["evil/api/v1?", "evil/api/v1/#", "user:password@evil", "a b", "", "[::1", "é"])
    def test_the_host_header_decides_nothing(self, api_url: str, key: str, host: str) -> None:
        """Routes and the form of errors come from the path, whatever host a request claims to be for."""
        answer = ask(api_url, "GET", "/v1/files/file-1", key, host=host)

        assert_refused(answer, 404)


class TestMethods:
    @pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PURGE"])
    def test_a_wrong_method_is_told_the_right_ones(self, api_url: str, key: str, method: str) -> None:
        """A method that a route does not have is a 405 with `Allow`."""
        answer = ask(api_url, method, "/v1/files", key)

        assert_refused(answer, 405, code="method_not_allowed")
        assert set(answer.headers["allow"].split(", ")) == {"GET", "POST"}

    def test_head_has_no_body(self, api_url: str, key: str) -> None:
        """HEAD is a 405 like any other method, without a body, as its standard says."""
        answer = ask(api_url, "HEAD", "/v1/files", key)

        assert (answer.status_code, answer.content) == (405, b"")
        assert "GET" in answer.headers["allow"]

    def test_a_made_up_verb_is_refused(self, api_url: str, key: str) -> None:
        """A verb that HTTP does not know ends at the server, before the application."""
        assert ask(api_url, "FROBNICATE", "/v1/files", key).status_code == 400

    def test_a_get_with_a_body_is_a_get(self, api_url: str, key: str) -> None:
        """The body of a GET is neither needed nor looked at."""
        answer = ask(api_url, "GET", "/v1/files/file-1", key, JSON, "Content-Length: 5", body=b"{nope")

        assert_refused(answer, 404)
