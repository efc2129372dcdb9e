"""Every route asks who is there, answers a model of its own, and fails in the shape of its wire."""

from collections.abc import Iterator

import httpx2
import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.dependencies.models import Dependant as Needs  # codespell:ignore
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from sqlmodel import SQLModel

from api.auth import get_principal
from api.main import create_app
from shared.settings import Settings
from tests.fixtures.settings import on_sqlite

WITHOUT_PREFIX = {"/healthz", "/readyz"}
OPEN_TO_ALL = WITHOUT_PREFIX | {"/api/v1/report-page"}
"Asked by load balancers and supervisors, who have no key; and by browsers, which send none: a token stands for it."


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return create_app(Settings(log_level="WARNING"))


def api_routes(app: FastAPI) -> list[RouteContext]:
    """Every route with an endpoint of ours, those of included routers under their full path."""
    return [route for route in iter_route_contexts(app.routes) if isinstance(route.original_route, APIRoute)]


def dependencies(needs: Needs) -> Iterator[object]:
    """Everything that is called before an endpoint is."""
    yield needs.call
    for below in needs.dependencies:
        yield from dependencies(below)


def without_a_key(app: FastAPI) -> set[str | None]:
    """Paths that answer without asking for a key."""
    needs = {route.path: set(dependencies(route.dependant)) for route in api_routes(app)}  # codespell:ignore
    return {path for path, called in needs.items() if get_principal not in called}


def operations_under(app: FastAPI, prefix: str) -> set[tuple[str, str]]:
    """Method and path behind the prefix of every route that has it."""
    return {
        (method, (route.path or "").removeprefix(prefix))
        for route in api_routes(app)
        for method in route.methods or ()
        if (route.path or "").startswith(prefix)
    }


class TestKeys:
    def test_are_asked_for_everywhere(self, app: FastAPI) -> None:
        """Every route but the listed ones depends on the caller's key."""
        assert without_a_key(app) == OPEN_TO_ALL

    def test_a_route_without_one_is_noticed(self) -> None:
        """A route that forgot its key would be found."""
        small = FastAPI()
        inner = APIRouter()
        inner.get("/with", dependencies=[Depends(get_principal)])(lambda: None)
        inner.get("/without")(lambda: None)
        small.include_router(inner, prefix="/v1")

        assert without_a_key(small) == {"/v1/without"}


class TestPrefixes:
    def test_everything_is_below_a_known_one(self, app: FastAPI) -> None:
        """Routes lie under /v1, /openai/v1 or /api/v1, but for those open to all."""
        paths = {route.path for route in iter_route_contexts(app.routes) if route.path}
        strays = {path for path in paths if not path.startswith(("/v1/", "/openai/v1/", "/api/v1/"))}

        assert strays == WITHOUT_PREFIX | {"/openapi.json"}

    def test_both_wire_prefixes_serve_the_same(self, app: FastAPI) -> None:
        """/v1 and /openai/v1 are the same routes."""
        assert operations_under(app, "/v1") == operations_under(app, "/openai/v1")
        assert ("POST", "/fine_tuning/jobs") in operations_under(app, "/v1")


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
