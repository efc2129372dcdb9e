"""Chat completions: the name is resolved here; whoever serves it answers, and the answer is passed on as it comes."""

from typing import Any

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.auth import PrincipalDep
from api.chat_answer import Tell, Wish, ask_for_usage, streamed_answer, whole_answer
from api.dependencies import ResourcesDep
from api.event_stream import ClosingResponse
from api.hang_up import unless_gone
from api.model_server import ModelServerDep
from api.openai.wire.chat import ChatRequest
from api.provider_chat import ProviderChatDep, hops_of
from api.provider_refusals import without_secrets
from api.usage import UsageWriterDep
from shared.connections.serving import UpstreamTarget, resolve_serving
from shared.models.service import ServingTarget
from shared.resources import Resources
from shared.tenants.service import Principal
from shared.usage.service import usage_row
from shared.usage.writer import UsageWriter

router = APIRouter(prefix="/chat", tags=["Chat"])

Target = UpstreamTarget | ServingTarget


@router.post("/completions", response_class=Response, response_description="A chat completion, or a stream of chunks.")
async def create_completion(
    request: Request,
    body: ChatRequest,
    principal: PrincipalDep,
    resources: ResourcesDep,
    *,
    model_server: ModelServerDep,
    provider_chat: ProviderChatDep,
    usage: UsageWriterDep,
) -> Response:
    """Ask a base model, a tuned model, a checkpoint, or any model of a connection, plain or streamed."""
    target = await to_thread.run_sync(_resolve, resources, principal, body)
    answerer = provider_chat.at(target, hops=hops_of(request)) if isinstance(target, UpstreamTarget) else model_server
    asked, wish, tell = _translate(body, target), _wish(body, target), _teller(usage, principal, body, target)
    if body.stream:
        stream = await answerer.stream(ask_for_usage(asked))
        return ClosingResponse(streamed_answer(stream.lines(), wish, tell), close=stream.close)
    answer = await unless_gone(request, lambda: answerer.complete(asked))
    return Response(msgspec.json.encode(whole_answer(answer or {}, wish, tell)), media_type="application/json")


def _resolve(resources: Resources, principal: Principal, body: ChatRequest) -> Target:
    with resources.database.reading() as session:
        return resolve_serving(session, principal, body.model, connection=body.connection, settings=resources.settings)


def _translate(body: ChatRequest, target: Target) -> dict[str, Any]:
    """The same request in the answerer's names: a provider's model, or the base and the adapter over it."""
    asked = body.model_dump(exclude_unset=True)
    asked.pop("connection", None)
    if isinstance(target, UpstreamTarget):
        return asked | {"model": target.model}
    return asked | {"model": target.base, "adapter": target.adapter_prefix}


def _wish(body: ChatRequest, target: Target) -> Wish:
    """A provider's own name for a model says more than the alias that was asked: gpt-4o's snapshot, for one."""
    wants_usage = bool(body.stream_options and body.stream_options.include_usage)
    if not isinstance(target, UpstreamTarget):
        return Wish(model=body.model, wants_usage=wants_usage)
    model = None if target.model == body.model else body.model
    return Wish(model, wants_usage, clean=lambda text: without_secrets(text, target))


def _teller(usage: UsageWriter, principal: Principal, body: ChatRequest, target: Target) -> Tell:
    connection_id = target.upstream.connection_id if isinstance(target, UpstreamTarget) else None

    def tell(counted: Any) -> None:
        row = usage_row(
            project_id=principal.project_id,
            key_id=principal.key_id,
            connection_id=connection_id,
            model=body.model,
            usage=counted,
            is_stream=bool(body.stream),
        )
        usage.tell(row)

    return tell
