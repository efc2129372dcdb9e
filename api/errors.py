"""One domain error, two wires: OpenAI's envelope under /v1 and /openai/v1, RFC 9457 problem details under /api/v1."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from shared.errors import Kind, ServiceError
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
_OWN_API = "/api/v1"
_MESSAGE_LIMIT = 1000


def render_error(path: str, error: ServiceError, *, status: int | None = None) -> JSONResponse:
    """The answer a path's wire gives to an error."""
    code = int(status or _STATUS[error.kind])
    if path.startswith(_OWN_API):
        return _problem(code, error)
    headers = {}
    if error.kind is Kind.TIMEOUT:
        # SDKs repeat a 408 by themselves, and a body that came too slowly once will do so again.
        headers["x-should-retry"] = "false"
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

    @app.exception_handler(RequestValidationError)
    async def on_invalid_request(request: Request, error: RequestValidationError) -> JSONResponse:
        return render_error(request.url.path, _explain(error))

    @app.exception_handler(HTTPException)
    async def on_http_exception(request: Request, error: HTTPException) -> JSONResponse:
        response = render_error(request.url.path, _routing_error(request, error.status_code), status=error.status_code)
        response.headers.update(error.headers or {})
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


def _explain(error: RequestValidationError) -> ServiceError:
    """The first finding as the message, further ones counted: clients show one line."""
    findings = error.errors()
    first, param = findings[0], _place(findings[0])
    elsewhere = len({_place(finding) for finding in findings}) - 1
    more = f" ({elsewhere} more parameter(s) of this request are wrong.)" if elsewhere else ""
    if first["type"] == "extra_forbidden":
        message, code = f"Unrecognized request argument supplied: {param}.", "unknown_parameter"
    elif first["type"] == "missing":
        message, code = f"Missing required parameter: '{param or 'body'}'.", "missing_required_parameter"
    else:
        message, code = f"Invalid value for '{param or 'body'}': {_alternatives(findings, param)}.", "invalid_value"
    return ServiceError((message + more)[:_MESSAGE_LIMIT], param=param, code=code)


def _place(finding: Any) -> str | None:
    return ".".join(_readable(part) for part in finding["loc"][1:] if _is_place(part)) or None


def _alternatives(findings: Sequence[Any], param: str | None) -> str:
    """What pydantic would have taken; a value that may be `auto` or a number is refused once by each branch."""
    told = [finding["msg"] for finding in findings if _place(finding) == param]
    return ", or: ".join(dict.fromkeys(told))


def _is_place(part: Any) -> bool:
    # Pydantic names the branch of a union it tried, such as `constrained-int`; callers know only fields and indexes.
    return isinstance(part, int) or not part.startswith(("constrained-", "literal[", "function-"))


def _readable(part: Any) -> str:
    return "".join(c for c in str(part)[:80] if c.isprintable())


def _problem(status: int, error: ServiceError) -> JSONResponse:
    document = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": error.message,
        "code": error.code,
        "param": error.param,
    }
    return JSONResponse(document, status_code=status, media_type="application/problem+json")
