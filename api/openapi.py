"""What /openapi.json says beyond the routes: both error shapes, and which status uses which."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.openai.wire.base import ErrorEnvelope

_DESCRIPTION = (
    "Speaks the OpenAI wire for files, fine-tuning, models, chat completions and webhooks under `/v1` (and "
    "`/openai/v1`), and an API of its own under `/api/v1`. Errors under `/v1` are OpenAI's envelope, under `/api/v1` "
    "RFC 9457 problem details."
)
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem details: the error of every route under /api/v1.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": ["string", "null"]},
        "param": {"type": ["string", "null"]},
    },
}
_STATUSES = {
    "400": "The request is wrong; `param` says where.",
    "401": "The API key is missing or not valid.",
    "404": "No such thing in this project.",
    "500": "A defect of the service.",
}


def install_openapi(app: FastAPI) -> None:
    """Replace the framework's document, which would promise 422 answers that are never given."""

    def build() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = build  # type: ignore[method-assign]  # FastAPI's documented way to extend it


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(title=app.title, version=app.version, description=_DESCRIPTION, routes=app.routes)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["ErrorEnvelope"] = ErrorEnvelope.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(schemas["ErrorEnvelope"].pop("$defs", {}))
    schemas["Problem"] = _PROBLEM
    for path, operations in document["paths"].items():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            if path.startswith(("/v1/", "/api/v1/")):
                operation["responses"].update(_error_responses(path))
    return document


def _error_responses(path: str) -> dict[str, Any]:
    is_own = path.startswith("/api/v1/")
    media_type = "application/problem+json" if is_own else "application/json"
    schema = {"$ref": f"#/components/schemas/{'Problem' if is_own else 'ErrorEnvelope'}"}
    return {
        status: {"description": text, "content": {media_type: {"schema": schema}}} for status, text in _STATUSES.items()
    }
