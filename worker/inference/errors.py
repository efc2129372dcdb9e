"""Every refusal in OpenAI's envelope, whoever makes it: us, the framework, or a defect."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from shared.errors import Kind, ServiceError

_STATUS = {
    Kind.INVALID: HTTPStatus.BAD_REQUEST,
    Kind.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    Kind.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Kind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}
_CLIENT_CLOSED_REQUEST = 499
"""nginx's number for a caller who left; nobody reads the answer, but logs do."""

Handler = Callable[[Request, Any], Awaitable[Response]]


def exception_handlers() -> dict[Any, Handler]:
    """For Starlette: what to answer to which exception."""
    return {
        ServiceError: _on_service_error,
        HTTPException: _on_http_error,
        ClientDisconnect: _on_hang_up,
        Exception: _on_defect,
    }


def error_body(error: ServiceError) -> dict[str, Any]:
    kind = "service_unavailable_error" if error.kind is Kind.UNAVAILABLE else "invalid_request_error"
    return _envelope(error.message, kind=kind, param=error.param, code=error.code)


def _envelope(message: str, *, kind: str, param: str | None = None, code: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


async def _on_service_error(_request: Request, error: ServiceError) -> Response:
    return JSONResponse(error_body(error), status_code=_STATUS.get(error.kind, HTTPStatus.BAD_REQUEST))


async def _on_http_error(_request: Request, error: HTTPException) -> Response:
    status = HTTPStatus(error.status_code)
    body = _envelope(f"{status.phrase}.", kind="invalid_request_error", code=status.name.lower())
    return JSONResponse(body, status_code=status, headers=error.headers)


async def _on_hang_up(_request: Request, _error: ClientDisconnect) -> Response:
    return Response(status_code=_CLIENT_CLOSED_REQUEST)


async def _on_defect(_request: Request, _error: Exception) -> Response:
    body = _envelope("The model server had an error.", kind="server_error", code="server_error")
    return JSONResponse(body, status_code=HTTPStatus.INTERNAL_SERVER_ERROR)
