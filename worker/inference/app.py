"""The HTTP face of the model server: bearer token, chat completions plain and streamed, liveness."""

import hmac
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from shared.errors import InvalidInputError, Kind, ServiceError
from worker.inference.answer import Answer, render_usage
from worker.inference.connection import while_connected
from worker.inference.errors import error_body, exception_handlers
from worker.inference.host import Generated, ModelHost
from worker.inference.wire import CompletionRequest, parse_request

Pieces = AsyncGenerator[Generated, None]


def create_inference_app(host: ModelHost, *, token: str) -> Starlette:
    """An application that answers only callers who know the token."""

    async def complete(request: Request) -> Response:
        _require_token(request, token)
        asked = parse_request(_decode(await request.body()))
        pieces = host.answer(asked)
        if not asked.stream:
            return JSONResponse(await while_connected(request, _collect(asked, pieces)))
        # The first piece is awaited here, so that a refusal still has a status of its own.
        first = await while_connected(request, anext(pieces))
        return StreamingResponse(_stream(asked, first, pieces), media_type="text/event-stream")

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    return Starlette(
        routes=[Route("/v1/chat/completions", complete, methods=["POST"]), Route("/healthz", healthz)],
        exception_handlers=exception_handlers(),
    )


async def _collect(asked: CompletionRequest, pieces: Pieces) -> dict[str, Any]:
    """The whole answer, once every choice has ended."""
    texts, reasons, tokens = [""] * asked.choices, ["stop"] * asked.choices, [0] * asked.choices
    prompt_tokens = 0
    async with aclosing(pieces):
        async for piece in pieces:
            prompt_tokens = piece.prompt_tokens
            texts[piece.index] += piece.text
            tokens[piece.index] = piece.completion_tokens
            reasons[piece.index] = piece.finish_reason or reasons[piece.index]
    return Answer(asked.model).completion(texts, reasons, render_usage(prompt_tokens, sum(tokens)))


async def _stream(asked: CompletionRequest, first: Generated, pieces: Pieces) -> AsyncIterator[bytes]:
    """Events for every piece, then usage if wanted, then the end mark; an error is an event of its own."""
    answer, tokens = Answer(asked.model, with_usage=asked.wants_usage), [0] * asked.choices
    try:
        async with aclosing(pieces):
            async for piece in _chained(first, pieces):
                for chunk in _chunks(answer, piece, is_first=tokens[piece.index] == 0):
                    yield _event(chunk)
                tokens[piece.index] = piece.completion_tokens
    except ServiceError as error:
        yield _event(error_body(error))
        return
    if asked.wants_usage:
        yield _event(answer.usage_chunk(render_usage(first.prompt_tokens, sum(tokens))))
    yield b"data: [DONE]\n\n"


def _chunks(answer: Answer, piece: Generated, *, is_first: bool) -> list[dict[str, Any]]:
    chunks = []
    if is_first:
        chunks.append(answer.chunk(piece.index, {"role": "assistant", "content": "", "refusal": None}))
    if piece.text:
        chunks.append(answer.chunk(piece.index, {"content": piece.text}))
    if piece.finish_reason is not None:
        chunks.append(answer.chunk(piece.index, {}, piece.finish_reason))
    return chunks


async def _chained(first: Generated, rest: Pieces) -> AsyncIterator[Generated]:
    yield first
    async for piece in rest:
        yield piece


def _event(document: dict[str, Any]) -> bytes:
    return b"data: " + msgspec.json.encode(document) + b"\n\n"


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
