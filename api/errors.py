"""One domain error, two wires: OpenAI's envelope under /v1 and /openai/v1, RFC 9457 problem details under /api/v1."""

import math
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from shared.errors import Kind, ServiceError, UnavailableError
from shared.storage.errors import ObjectNotFoundError

log = structlog.get_logger(__name__)

_STATUS = {
    Kind.INVALID: HTTPStatus.BAD_REQUEST,
    Kind.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    Kind.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Kind.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Kind.CONFLICT: HTTPStatus.CONFLICT,
    Kind.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Kind.UNSUPPORTED_MEDIA: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Kind.TIMEOUT: HTTPStatus.REQUEST_TIMEOUT,
    Kind.UNPROCESSABLE: HTTPStatus.UNPROCESSABLE_ENTITY,
    Kind.RATE_LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    Kind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}
_TYPES = {
    Kind.RATE_LIMITED: "rate_limit_error",
    Kind.UNAVAILABLE: "service_unavailable_error",
}
_METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
_OWN_API = "/api/v1"
_MESSAGE_LIMIT = 1000
_LOGGED_LIMIT = 500


class DatabaseUnavailableError(UnavailableError):
    code = "database_unavailable"

    def __init__(self) -> None:
        super().__init__("The database does not answer now. Ask again later.")


def render_error(path: str, error: ServiceError, *, status: int | None = None) -> JSONResponse:
    """The answer a path's wire gives to an error."""
    code = int(status or _STATUS[error.kind])
    headers = _headers(error)
    if path.startswith(_OWN_API):
        return _problem(code, error, headers)
    body = {
        "message": error.message,
        "type": _TYPES.get(
            error.kind,
            "server_error" if code >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid_request_error",
        ),
        "param": error.param,
        "code": error.code,
    }
    return JSONResponse({"error": body}, status_code=code, headers=headers)


def server_error(path: str) -> JSONResponse:
    """What a caller hears of a defect of ours: nothing but that it is ours."""
    message = "The server had an error while processing your request. The x-request-id header names it in our logs."
    error = ServiceError(message, code="server_error")
    return render_error(path, error, status=HTTPStatus.INTERNAL_SERVER_ERROR)


def install_error_handlers(app: FastAPI) -> None:
    """Replace every answer the framework would give in a shape of its own."""

    @app.exception_handler(ServiceError)
    async def on_service_error(request: Request, error: ServiceError) -> JSONResponse:
        if isinstance(error, ObjectNotFoundError):
            log.error("object.missing", key=error.key)
            return server_error(request.url.path)
        return render_error(request.url.path, error)

    @app.exception_handler(OperationalError)
    async def on_database_error(request: Request, error: OperationalError) -> JSONResponse:
        log.error("database.unavailable", error=str(error.orig)[:_LOGGED_LIMIT])
        return render_error(request.url.path, DatabaseUnavailableError())

    @app.exception_handler(RequestValidationError)
    async def on_invalid_request(request: Request, error: RequestValidationError) -> JSONResponse:
        return render_error(request.url.path, _explain(error))

    @app.exception_handler(HTTPException)
    async def on_http_exception(request: Request, error: HTTPException) -> JSONResponse:
        response = render_error(request.url.path, _routing_error(request, error.status_code), status=error.status_code)
        response.headers.update(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            response.headers["allow"] = _allowed_methods(request)
        return response


def _routing_error(request: Request, status: int) -> ServiceError:
    called = f"{request.method} {request.url.path[:200]}"
    if status == HTTPStatus.NOT_FOUND:
        return ServiceError(
            f"Invalid URL ({called}). The base URL ends in /v1; /openapi.json lists every route.",
            code="unknown_url",
        )
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        return ServiceError(
            f"Not allowed: {called}. The Allow header names the methods of this URL.",
            code="method_not_allowed",
        )
    return ServiceError(f"{HTTPStatus(status).phrase} ({called}).", code="http_error")


def _allowed_methods(request: Request) -> str:
    """Every method of a URL: the framework names those of its first route only."""

    def is_served(method: str) -> bool:
        scope = {**request.scope, "method": method}
        return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)

    return ", ".join(filter(is_served, _METHODS))


def _explain(error: RequestValidationError) -> ServiceError:
    """The first finding as the message, further ones counted: clients show one line."""
    findings = error.errors()
    places = [_place(finding, error.body) for finding in findings]
    first, param = findings[0], places[0]
    elsewhere = len(set(places)) - 1
    more = f" ({elsewhere} more parameter(s) of this request are wrong.)" if elsewhere else ""
    if first["type"] == "extra_forbidden":
        message, code = f"Unrecognized request argument supplied: {param}.", "unknown_parameter"
    elif first["type"] == "missing":
        message, code = f"Missing required parameter: '{param or 'body'}'.", "missing_required_parameter"
    else:
        # A value that may be `auto` or a number is refused once by each branch: all of them are told.
        told = [finding["msg"] for finding, place in zip(findings, places, strict=True) if place == param]
        alternatives = ", or: ".join(dict.fromkeys(told))
        message, code = f"Invalid value for '{param or 'body'}': {alternatives}.", "invalid_value"
    return ServiceError((message + more)[:_MESSAGE_LIMIT], param=param, code=code)


def _place(finding: Any, body: Any) -> str | None:
    """Where in the request, as callers name it: `messages.0.role`, or a parameter's name."""
    source, *path = finding["loc"]
    if source == "body":
        path = list(_walk(body, path, is_missing=finding["type"] == "missing"))
    return ".".join(_readable(part) for part in path) or None


def _walk(value: Any, path: Sequence[Any], *, is_missing: bool) -> Iterator[Any]:
    """The parts of a path that are in the body. Others name the branch of a union that pydantic tried."""
    for part in path:
        if (isinstance(value, dict) and part in value) or (isinstance(value, list) and isinstance(part, int)):
            yield part
            value = value[part]
    if is_missing and path:
        yield path[-1]


def _readable(part: Any) -> str:
    return "".join(c for c in str(part)[:80] if c.isprintable())


def _headers(error: ServiceError) -> dict[str, str]:
    """Whether and when to ask again."""
    headers = {}
    if error.kind is Kind.TIMEOUT:
        # SDKs repeat a 408 by themselves, and a body that came too slowly once will do so again.
        headers["x-should-retry"] = "false"
    if error.retry_after_seconds is not None:
        # Whole seconds for everyone, milliseconds for the SDKs, which look there first.
        headers["retry-after"] = str(math.ceil(error.retry_after_seconds))
        headers["retry-after-ms"] = str(math.ceil(error.retry_after_seconds * 1000))
    return headers


def _problem(status: int, error: ServiceError, headers: dict[str, str]) -> JSONResponse:
    document = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": error.message,
        "code": error.code,
        "param": error.param,
    }
    return JSONResponse(document, status_code=status, headers=headers, media_type="application/problem+json")
