"""A request id on every answer, one log line for every request, and a clean answer to a defect of ours."""

import time
from collections.abc import Iterable

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import server_error
from shared.ids import Prefix, new_id

log = structlog.get_logger("api.request")

_WIRE_VERSION = "2020-10-01"
_QUIET = frozenset({"/healthz", "/readyz"})


class RequestContext:
    """Outermost middleware, so that nothing is answered without passing through it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id, start, status = new_id(Prefix.REQUEST), time.monotonic(), 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = request_id
                headers["openai-version"] = _WIRE_VERSION
                headers["openai-processing-ms"] = str(round((time.monotonic() - start) * 1000))
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_with_headers)
            except Exception:
                log.exception("request.failed", method=scope["method"], path=scope["path"])
                if status:
                    raise
                await server_error(scope["path"])(scope, receive, send_with_headers)
            finally:
                _log(scope, status, time.monotonic() - start)


def _log(scope: Scope, status: int, seconds: float) -> None:
    if scope["path"] in _QUIET:
        return
    log.info(
        "request.answered",
        method=scope["method"],
        path=scope["path"][:200],
        status=status,
        ms=round(seconds * 1000, 1),
        client_retry=_header(scope["headers"], b"x-stainless-retry-count"),
    )


def _header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str | None:
    return next((value.decode("latin-1")[:20] for key, value in headers if key == name), None)
