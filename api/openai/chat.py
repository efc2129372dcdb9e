"""Chat completions: the name is resolved here; the answer comes from the model server and is passed on as it comes."""

from collections.abc import AsyncIterator
from typing import Any

import anyio
import msgspec
from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from api.auth import PrincipalDep
from api.dependencies import ResourcesDep
from api.model_server import ModelServerDep
from api.openai.wire.chat import ChatRequest
from shared.models import service
from shared.models.service import ServingTarget
from shared.resources import Resources
from shared.tenants.service import Principal

router = APIRouter(prefix="/chat", tags=["Chat"])

_DATA = b"data: {"
_HANG_UP_POLL_SECONDS = 0.5


@router.post("/completions", response_class=Response, response_description="A chat completion, or a stream of chunks.")
async def create_completion(
    request: Request,
    body: ChatRequest,
    principal: PrincipalDep,
    resources: ResourcesDep,
    model_server: ModelServerDep,
) -> Response:
    """Ask a base model, a tuned model or a checkpoint, plain or streamed."""
    target = await to_thread.run_sync(_resolve, resources, principal, body.model)
    upstream = _translate(body, target)
    if body.stream:
        lines = await model_server.stream(upstream)
        return StreamingResponse(_rename(lines, body.model), media_type="text/event-stream")

    async def hung_up() -> None:
        while not await request.is_disconnected():  # noqa: ASYNC110
            await anyio.sleep(_HANG_UP_POLL_SECONDS)  # the server interface has no call that waits for a hang-up

    answer = await model_server.complete(upstream, until=hung_up)
    return Response(msgspec.json.encode(answer | {"model": body.model}), media_type="application/json")


def _resolve(resources: Resources, principal: Principal, model: str) -> ServingTarget:
    with resources.database.reading() as session:
        return service.get_serving_target(session, principal.project_id, model, settings=resources.settings)


def _translate(body: ChatRequest, target: ServingTarget) -> dict[str, Any]:
    """The same request in the model server's names: the base, and the adapter over it."""
    asked = body.model_dump(exclude_unset=True)
    return asked | {"model": target.base, "adapter": target.adapter_prefix}


async def _rename(lines: AsyncIterator[bytes], asked: str) -> AsyncIterator[bytes]:
    """Chunks name the model that was asked for, as plain answers do."""
    async for line in lines:
        if not line.startswith(_DATA):
            yield line
            continue
        chunk = msgspec.json.decode(line.removeprefix(b"data: "))
        if "model" in chunk:
            chunk["model"] = asked
        yield b"data: " + msgspec.json.encode(chunk) + b"\n"
