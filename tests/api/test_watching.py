"""Streams of progress, and how many a project may have open: readers that stay, that leave, and that come too late."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx2
import pytest

from shared.resources import Resources
from tests.api.conftest import MAX_WATCHERS
from tests.api.datasets import good_file
from tests.api.forms import CONTENT_TYPE, PURPOSE, file_part, form
from tests.api.raw_http import RawConnection, ask, request
from tests.api.standing import new_tenant
from tests.fixtures.database import Tenant
from tests.fixtures.drain import Drain
from tests.fixtures.settings import on_sqlite
from tests.fixtures.waiting import wait_until

pytestmark = on_sqlite

OpenStream = Callable[[], RawConnection]


@pytest.fixture
def tenant(resources: Resources) -> Tenant:
    """A project of which nobody watches anything yet."""
    return new_tenant(resources, name="Watchers")


@pytest.fixture
def http(api_url: str, tenant: Tenant) -> Iterator[httpx2.Client]:
    headers = {"authorization": f"Bearer {tenant.api_key}"}
    with httpx2.Client(base_url=api_url, headers=headers, trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture
def watched(http: httpx2.Client, drain: Drain) -> str:
    """The path of the progress of a file that nobody checks before `drain()`."""
    file_id = http.post("/v1/files", content=form(PURPOSE, file_part(good_file())), headers=CONTENT_TYPE).json()["id"]
    return f"/api/v1/datasets/{file_id}/progress"


@pytest.fixture
def open_stream(api_url: str, tenant: Tenant, watched: str) -> Iterator[OpenStream]:
    """Begin to watch on a connection of its own; it is read up to its first event."""
    with ExitStack() as connections:

        def begin() -> RawConnection:
            connection = connections.enter_context(RawConnection(api_url))
            connection.send(request("GET", watched, f"Authorization: Bearer {tenant.api_key}"))
            assert connection.receive_line() == b"HTTP/1.1 200 OK\r\n"
            while not connection.receive_line().startswith(b"data: "):
                pass
            return connection

        yield begin


def look_in(http: httpx2.Client, path: str) -> httpx2.Response:
    """How a new reader is answered, with the body of a refusal; it leaves again at once."""
    with http.stream("GET", path) as response:
        if response.is_error:
            response.read()
    return response


def is_let_in(http: httpx2.Client, path: str) -> bool:
    return look_in(http, path).status_code == 200


class TestPlaces:
    def test_are_so_many(self, http: httpx2.Client, watched: str, open_stream: OpenStream) -> None:
        """Beyond the project's places a reader is told when to come again, and those who read go on reading."""
        streams = [open_stream() for _ in range(MAX_WATCHERS)]

        refused = look_in(http, watched)

        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_watchers")
        assert int(refused.headers["retry-after"]) == 5
        assert len(streams) == MAX_WATCHERS

    def test_are_each_projects_own(
        self, api_url: str, other_tenant: Tenant, watched: str, open_stream: OpenStream
    ) -> None:
        """A project that has filled its places takes none of another's."""
        for _ in range(MAX_WATCHERS):
            open_stream()

        answer = ask(api_url, "GET", watched, f"Authorization: Bearer {other_tenant.api_key}")

        assert answer.status_code == 404

    def test_are_free_when_a_reader_leaves(self, http: httpx2.Client, watched: str, open_stream: OpenStream) -> None:
        """A reader that hangs up in the middle gives its place back, though nothing happens that it would be told."""
        streams = [open_stream() for _ in range(MAX_WATCHERS)]

        streams[0].close()

        wait_until(lambda: is_let_in(http, watched), 5, what="a place is free")

    def test_are_free_when_a_stream_ends(
        self, http: httpx2.Client, watched: str, open_stream: OpenStream, drain: Drain
    ) -> None:
        """A stream that has told the end gives its place back, while its connection stays open."""
        streams = [open_stream() for _ in range(MAX_WATCHERS)]

        drain()

        wait_until(lambda: is_let_in(http, watched), 5, what="a place is free")
        assert len(streams) == MAX_WATCHERS

    def test_are_not_lost_to_what_is_not_there(self, http: httpx2.Client, watched: str) -> None:
        """Readers who ask for what cannot be watched take no place from those who come after them."""
        nothing = "/api/v1/datasets/file-0000000000000000000000/progress"

        answers = [look_in(http, nothing).status_code for _ in range(MAX_WATCHERS + 1)]

        assert answers == [404] * (MAX_WATCHERS + 1)
        assert is_let_in(http, watched)
