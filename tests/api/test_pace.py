"""Bodies that come too slowly are given up, so that a slow client holds a connection and nothing else."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI, Request
from starlette.types import ASGIApp

from api.errors import install_error_handlers
from api.middleware.json_body import StrictJsonBody
from api.middleware.request_context import RequestContext
from api.multipart import read_upload
from api.pace import Pace
from shared.storage.local import LocalStore
from tests.api.answers import assert_refused
from tests.api.forms import CONTENT_TYPE, PURPOSE, file_part, form
from tests.api.raw_http import RawConnection, request
from tests.fixtures.waiting import wait_until

PATIENT_FOR_MOMENTS = Pace(silence_seconds=0.3, grace_seconds=0.5, min_bytes_per_second=1000)
JSON = "Content-Type: application/json"
FORM = f"Content-Type: {CONTENT_TYPE['content-type']}"


def make_app(store: LocalStore) -> ASGIApp:
    """The body readers of the API before endpoints of no importance, with less patience."""
    app = FastAPI()
    install_error_handlers(app)

    @app.post("/v1/echo")
    async def count_bytes(request: Request) -> int:
        return len(await request.body())

    @app.post("/v1/files")
    async def keep(request: Request) -> int:
        with store.writer("upload") as writer:
            form = await read_upload(request, lambda: writer, max_file_bytes=10 << 20, pace=PATIENT_FOR_MOMENTS)
        return form.file_bytes

    return RequestContext(StrictJsonBody(app, max_body_bytes=1 << 20, pace=PATIENT_FOR_MOMENTS))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the uploads of this module are written."""
    return tmp_path_factory.mktemp("paced")


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(make_app(LocalStore(folder)), port=0, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_until(lambda: server.started)
    host, port = server.servers[0].sockets[0].getsockname()
    yield f"http://{host}:{port}"
    server.should_exit = True
    thread.join()


class TestSlowBodies:
    @pytest.mark.parametrize(
        ("header", "body"),
        [
            pytest.param("Content-Length: 1000", b"{", id="a length that is never reached"),
            pytest.param("Transfer-Encoding: chunked", b"1\r\n{\r\n", id="chunks without an end"),
            pytest.param("Content-Length: 10", b"", id="nothing at all"),
        ],
    )
    def test_a_silent_client_is_given_up(self, url: str, header: str, body: bytes) -> None:
        """A body that stops coming is a 408, which SDKs are told not to repeat."""
        with RawConnection(url) as connection:
            connection.send(request("POST", "/v1/echo", JSON, header, body=body))

            answer = connection.receive("POST")

        assert_refused(answer, 408, code="upload_timeout")
        assert answer.headers["x-should-retry"] == "false"

    def test_a_silent_upload_leaves_nothing(self, url: str, folder: Path) -> None:
        """A file that stops coming is a 408 as well, and what came of it is removed."""
        sent = form(PURPOSE, file_part(b"x" * (2 << 20)), is_closed=False)
        with RawConnection(url) as connection:
            connection.send(request("POST", "/v1/files", FORM, f"Content-Length: {3 << 20}", body=sent))

            answer = connection.receive("POST")

        assert_refused(answer, 408, code="upload_timeout")
        assert list(folder.rglob("*")) == []

    def test_a_trickle_is_given_up(self, url: str) -> None:
        """A client that is never silent for long and yet far too slow on average is given up as well."""
        done = threading.Event()
        with RawConnection(url) as connection:
            connection.send(request("POST", "/v1/echo", JSON, "Content-Length: 100000"))
            trickle = threading.Thread(target=send_byte_by_byte, args=(connection, done))
            trickle.start()

            answer = connection.receive("POST")

            done.set()
            trickle.join()
        assert_refused(answer, 408, code="upload_timeout")

    def test_a_steady_client_is_heard(self, url: str) -> None:
        """A body in pieces is taken as one, as long as it keeps coming."""
        with RawConnection(url) as connection:
            connection.send(request("POST", "/v1/echo", JSON, "Content-Length: 9"))
            for piece in (b'{"a"', b":", b'"b"', b"}"):
                connection.send(piece)

            answer = connection.receive("POST")

        assert (answer.status_code, answer.content) == (200, b"9")


def send_byte_by_byte(connection: RawConnection, done: threading.Event) -> None:
    """One byte every tenth of a second: the pace is the point here."""
    while not done.wait(0.1):
        connection.send(b" ")
