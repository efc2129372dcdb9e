"""The OpenAPI document: what it promises is what is served."""

import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.fixtures.settings import on_sqlite

pytestmark = on_sqlite

BEHIND_A_TOKEN = "/api/v1/report-page"
"A browser opens it, and sends no key."


@pytest.fixture(scope="module")
def document(wire: httpx2.Client) -> dict[str, Any]:
    described: dict[str, Any] = wire.get("/openapi.json").json()
    return described


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def parts(node: Any) -> Iterator[dict[str, Any]]:
    """Every object in the document."""
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else []:
        yield from parts(child)


def schema_of(operation: dict[str, Any], status: str) -> dict[str, str]:
    """Media type to schema of what an operation answers with a status."""
    content = operation["responses"][status]["content"]
    return {media_type: body["schema"]["$ref"].rpartition("/")[2] for media_type, body in content.items()}


class TestErrors:
    def test_the_wire_answers_its_envelope(self, document: dict[str, Any]) -> None:
        """Every route of the wire describes its errors as OpenAI's envelope."""
        for name, operation in operations(document):
            if " /v1/" in name:
                for status in ("400", "401", "404", "500"):
                    assert schema_of(operation, status) == {"application/json": "ErrorEnvelope"}, name

    def test_our_own_api_answers_problems(self, document: dict[str, Any]) -> None:
        """Every route of our own describes its errors as RFC 9457's problem details."""
        for name, operation in operations(document):
            if " /api/v1/" in name:
                assert schema_of(operation, "404") == {"application/problem+json": "Problem"}, name

    def test_both_shapes_are_spelt_out(self, document: dict[str, Any]) -> None:
        """Envelope and problem are schemas with all their fields."""
        schemas = document["components"]["schemas"]

        assert set(schemas["ErrorEnvelope"]["required"]) == {"error"}
        assert set(schemas["ErrorBody"]["required"]) == {"message", "type", "param", "code"}
        assert {"type", "title", "status", "detail", "code", "param"} == set(schemas["Problem"]["properties"])

    def test_no_422_is_promised(self, document: dict[str, Any]) -> None:
        """The framework's own validation answer is never given, so it is nowhere described."""
        assert not [name for name, operation in operations(document) if "422" in operation["responses"]]
        assert not [name for name in document["components"]["schemas"] if "Validation" in name]


class TestDescriptions:
    def test_every_operation_is_described(self, document: dict[str, Any]) -> None:
        """Every operation has a name, a sentence and a group."""
        for name, operation in operations(document):
            assert operation["summary"], name
            assert operation["description"].endswith("."), name
            assert operation["tags"], name

    def test_every_parameter_is_described(self, document: dict[str, Any]) -> None:
        """Path parameters say what their ids look like, query parameters what they do."""
        bare = [
            f"{name}: {parameter['name']}"
            for name, operation in operations(document)
            for parameter in operation.get("parameters", ())
            if not parameter.get("description")
        ]

        assert bare == []

    def test_ids_of_operations_are_unique(self, document: dict[str, Any]) -> None:
        """Generated clients name their methods by them."""
        ids = [operation["operationId"] for _, operation in operations(document)]

        assert len(ids) == len(set(ids))

    def test_every_reference_leads_somewhere(self, document: dict[str, Any]) -> None:
        """No schema refers to one that is not there."""
        named = {part["$ref"].rpartition("/")[2] for part in parts(document) if isinstance(part.get("$ref"), str)}

        assert named <= set(document["components"]["schemas"])

    def test_uploads_are_forms(self, document: dict[str, Any]) -> None:
        """What is read as a stream is described by hand: a form with a binary part."""
        for path, part in (("/v1/files", "file"), ("/v1/uploads/{upload_id}/parts", "data")):
            form = document["paths"][path]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
            assert form["properties"][part]["format"] == "binary"


class TestRoutes:
    def test_everything_but_health_wants_a_key(self, wire: httpx2.Client, document: dict[str, Any]) -> None:
        """Every described route under a version answers 401 to a request without a key, on both prefixes."""
        for name, _ in operations(document):
            method, path = name.split()
            if path.startswith(("/v1/", "/api/v1/")) and path != BEHIND_A_TOKEN:
                filled = re.sub(r"\{(\w+)\}", "something", path)
                paths = [filled, f"/openai{filled}"] if path.startswith("/v1/") else [filled]
                for each in paths:
                    assert wire.request(method, each).status_code == 401, f"{method} {each}"

    def test_the_second_prefix_is_not_described_twice(self, document: dict[str, Any]) -> None:
        """/openai/v1 serves the same routes and stands in no list of its own."""
        assert not [path for path in document["paths"] if path.startswith("/openai")]
