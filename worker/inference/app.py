"""The HTTP face of the model server: bearer token, chat completions plain and streamed, liveness."""

import hmac
from collections.abc import AsyncIterator
from contextlib import aclosing
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from shared.errors import InvalidInputError, Kind, ServiceError
from worker.inference.host import Generated, ModelHost
from worker.inference.wire import Answer, CompletionRequest, parse_request, render_usage

log = structlog.get_logger(__name__)

_STATUS = {
    Kind.INVALID: HTTPStatus.BAD_REQUEST,
    Kind.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    Kind.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Kind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}


def create_inference_app(host: ModelHost, *, token: str) -> Starlette:
    """An application that answers only callers who know the token."""

    async def complete(request: Request) -> Response:
        _require_token(request, token)
        asked = parse_request(_decode(await request.body()))
        pieces = host.answer(asked)
        # The first piece is awaited here, so that a refusal still has a status of its own.
        first = await anext(pieces)
        if asked.stream:
            return StreamingResponse(_stream(asked, first, pieces), media_type="text/event-stream")
        async with aclosing(pieces):
            return JSONResponse(await _collect(request, asked, first, pieces))

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    return Starlette(
        routes=[Route("/v1/chat/completions", complete, methods=["POST"]), Route("/healthz", healthz)],
        exception_handlers={ServiceError: _on_service_error, HTTPException: _on_http_error},
    )


async def _collect(
    request: Request, asked: CompletionRequest, first: Generated, rest: AsyncIterator[Generated]
) -> dict[str, Any]:
    texts = [""] * (asked.n or 1)
    reasons = ["stop"] * len(texts)
    tokens = [0] * len(texts)
    async for piece in _chained(first, rest):
        texts[piece.index] += piece.text
        tokens[piece.index] = piece.completion_tokens
        reasons[piece.index] = piece.finish_reason or reasons[piece.index]
        if await request.is_disconnected():
            break
    return Answer(asked.model).completion(texts, reasons, render_usage(first.prompt_tokens, sum(tokens)))


async def _stream(asked: CompletionRequest, first: Generated, rest: AsyncIterator[Generated]) -> AsyncIterator[bytes]:
    answer, tokens = Answer(asked.model), [0] * (asked.n or 1)
    opened: set[int] = set()
    async for piece in _chained(first, rest):
        tokens[piece.index] = piece.completion_tokens
        if piece.index not in opened:
            opened.add(piece.index)
            opening = {"role": "assistant", "content": "", "refusal": None}
            yield _event(answer.chunk(piece.index, opening, with_usage=asked.wants_usage))
        if piece.text:
            yield _event(answer.chunk(piece.index, {"content": piece.text}, with_usage=asked.wants_usage))
        if piece.finish_reason is not None:
            yield _event(answer.chunk(piece.index, {}, piece.finish_reason, with_usage=asked.wants_usage))
    if asked.wants_usage:
        yield _event(answer.usage_chunk(render_usage(first.prompt_tokens, sum(tokens))))
    yield b"data: [DONE]\n\n"


async def _chained(first: Generated, rest: AsyncIterator[Generated]) -> AsyncIterator[Generated]:
    yield first
    async for piece in rest:
        yield piece


def _event(chunk: dict[str, Any]) -> bytes:
    return b"data: " + msgspec.json.encode(chunk) + b"\n\n"


def _decode(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise InvalidInputError(f"The request body is not JSON: {error}", code="json_invalid") from error


def _require_token(request: Request, token: str) -> None:
    presented = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not token or not hmac.compare_digest(presented.encode(), token.encode()):
        raise ServiceError(
            "The model server answers its own API only.", kind=Kind.UNAUTHENTICATED, code="invalid_token"
        )


async def _on_service_error(_request: Request, error: Exception) -> Response:
    if not isinstance(error, ServiceError):
        raise error
    kind = "invalid_request_error" if error.kind is not Kind.UNAVAILABLE else "service_unavailable_error"
    body = {"message": error.message, "type": kind, "param": error.param, "code": error.code}
    return JSONResponse({"error": body}, status_code=_STATUS.get(error.kind, HTTPStatus.BAD_REQUEST))


async def _on_http_error(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR
    body = {"message": HTTPStatus(status).phrase, "type": "invalid_request_error", "param": None, "code": "unknown_url"}
    return JSONResponse({"error": body}, status_code=status)
