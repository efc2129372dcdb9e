"""Every route asks who is there, answers a model of its own, and fails in the shape of its wire."""

from collections.abc import Iterator

import httpx2
import pytest
from fastapi import Depends, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from sqlmodel import SQLModel

from api.auth import get_principal
from api.main import create_app
from shared.settings import Settings
from tests.fixtures.settings import on_sqlite

OPEN_TO_ALL = {"/healthz", "/readyz", "/openapi.json"}
"Asked by load balancers and by tools, who have no key."


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return create_app(Settings(log_level="WARNING"))


def served(app: FastAPI) -> dict[str, object]:
    """Every path, with any route on it."""
    return {path: route for route in app.routes if (path := getattr(route, "path", None))}


def api_routes(app: FastAPI) -> list[APIRoute]:
    return [route for route in app.routes if isinstance(route, APIRoute)]


def dependencies(dependant: Dependant) -> Iterator[object]:
    """Everything that is called before an endpoint is."""
    yield dependant.call
    for below in dependant.dependencies:
        yield from dependencies(below)


def without_a_key(app: FastAPI) -> set[str]:
    """Paths that answer without asking for a key."""
    return {route.path for route in api_routes(app) if get_principal not in set(dependencies(route.dependant))}


class TestKeys:
    def test_are_asked_for_everywhere(self, app: FastAPI) -> None:
        """Every route but the listed ones depends on the caller's key."""
        assert without_a_key(app) | {"/openapi.json"} == OPEN_TO_ALL

    def test_a_route_without_one_is_noticed(self) -> None:
        """A route that forgot its key would be found."""
        small = FastAPI()
        small.get("/with", dependencies=[Depends(get_principal)])(lambda: None)
        small.get("/without")(lambda: None)

        assert without_a_key(small) == {"/without"}


class TestPrefixes:
    def test_everything_is_below_a_known_one(self, app: FastAPI) -> None:
        """Routes lie under /v1, /openai/v1 or /api/v1, but for those open to all."""
        strays = {path for path in served(app) if not path.startswith(("/v1/", "/openai/v1/", "/api/v1/"))}

        assert strays == OPEN_TO_ALL

    def test_both_wire_prefixes_serve_the_same(self, app: FastAPI) -> None:
        """/v1 and /openai/v1 are the same routes."""
        methods = {(route.path, *sorted(route.methods)) for route in api_routes(app)}
        short = {(path.removeprefix("/v1"), *rest) for path, *rest in methods if path.startswith("/v1/")}
        long = {(path.removeprefix("/openai/v1"), *rest) for path, *rest in methods if path.startswith("/openai/v1/")}

        assert short == long
        assert len(short) > 20


class TestAnswers:
    def test_no_table_is_answered(self, app: FastAPI) -> None:
        """What a route answers is a model of the wire, never a row of the database."""
        tables = [
            route.path
            for route in api_routes(app)
            if isinstance(route.response_model, type) and issubclass(route.response_model, SQLModel)
        ]

        assert tables == []


@on_sqlite
class TestFailures:
    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/", 404),
            ("GET", "/v1", 404),
            ("GET", "/v1/nothing", 404),
            ("GET", "/openai/v1/nothing", 404),
            ("GET", "/v2/models", 404),
            ("PUT", "/v1/fine_tuning/jobs", 405),
            ("POST", "/healthz", 405),
            ("GET", "/v1/files?limit=many", 400),
            ("POST", "/v1/fine_tuning/jobs", 400),
        ],
    )
    def test_have_the_envelope_of_the_wire(self, http: httpx2.Client, method: str, path: str, status: int) -> None:
        """Unknown addresses, wrong methods and bad parameters fail in OpenAI's envelope, never as `detail`."""
        answer = http.request(method, path)

        assert answer.status_code == status
        assert set(answer.json()) == {"error"}
        assert set(answer.json()["error"]) == {"message", "type", "param", "code"}

    @pytest.mark.parametrize(
        ("method", "path", "status"), [("GET", "/api/v1/nothing", 404), ("PUT", "/api/v1/datasets/x/report", 405)]
    )
    def test_have_the_problem_document_on_our_own_api(
        self, http: httpx2.Client, method: str, path: str, status: int
    ) -> None:
        """Below /api/v1 the same failures are RFC 9457 problem documents."""
        answer = http.request(method, path)

        assert answer.headers["content-type"] == "application/problem+json"
        assert {"type", "title", "status", "detail"} <= set(answer.json())
        assert answer.json()["status"] == answer.status_code == status
