"""Strict JSON bodies: read once within the limit, refused before anything else looks at them."""

import hashlib
from collections.abc import Awaitable, Callable

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import render_error
from api.pace import USUAL, Pace, paced
from shared.errors import InvalidInputError, Kind, ServiceError
from shared.strict_json import JsonRejectedError, loads

_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_API_PREFIXES = ("/v1/", "/openai/v1/", "/api/v1/")
_MULTIPART_ROUTES = ("/files", "/parts")


class StrictJsonBody:
    """Checks every JSON request and hands the same bytes on.

    The framework alone takes NaN, UTF-16, duplicate keys and 900-fold nesting, and answers some of them with a 500.
    """

    def __init__(self, app: ASGIApp, *, max_body_bytes: int, pace: Pace = USUAL) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes
        self._pace = pace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _carries_json(scope):
            await self._app(scope, receive, send)
            return
        try:
            body = await self._read(Request(scope, receive))
            _check(scope, body)
        except ClientDisconnect:
            return
        except ServiceError as error:
            await render_error(scope["path"], error)(scope, receive, send)
            return
        scope.setdefault("state", {})["body_sha256"] = hashlib.sha256(body).hexdigest()
        await self._app(scope, _replay(body, receive), send)

    async def _read(self, request: Request) -> bytes:
        limit = self._max_body_bytes
        too_large = ServiceError(
            f"The request body is larger than {limit} bytes. Send data as a file.",
            kind=Kind.TOO_LARGE,
            code="body_too_large",
        )
        declared = request.headers.get("content-length", "0")
        if declared.isdigit() and int(declared) > limit:
            raise too_large
        body = bytearray()
        async for chunk in paced(request, pace=self._pace):
            body += chunk
            if len(body) > limit:
                raise too_large
        return bytes(body)


def _carries_json(scope: Scope) -> bool:
    path: str = scope["path"]
    return scope["method"] in _WITH_BODY and path.startswith(_API_PREFIXES) and not path.endswith(_MULTIPART_ROUTES)


def _check(scope: Scope, body: bytes) -> None:
    if not body:
        # Cancel and its kin arrive without a body, yet with a JSON content type.
        return
    headers = {name.lower(): value for name, value in scope["headers"]}
    media_type = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
    if media_type != b"application/json":
        raise ServiceError(
            "Send the body as JSON, with `Content-Type: application/json`.",
            kind=Kind.UNSUPPORTED_MEDIA,
            code="unsupported_content_type",
        )
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise ServiceError(
            "Compressed request bodies are not accepted.",
            kind=Kind.UNSUPPORTED_MEDIA,
            code="unsupported_content_encoding",
        )
    try:
        document = loads(body)
    except JsonRejectedError as error:
        raise InvalidInputError(f"The request body is not acceptable JSON: {error.message}", code=error.code) from error
    if not isinstance(document, dict):
        raise InvalidInputError("The request body must be a JSON object.", code="not_an_object")


def _replay(body: bytes, receive: Receive) -> Callable[[], Awaitable[Message]]:
    sent = False

    async def replaying_receive() -> Message:
        nonlocal sent
        if sent:
            # Behind the body only the end of the connection can come; streams wait for it to stop early.
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replaying_receive
