"""The client of providers for chat: the request goes out as it came, under the connection's key and within its limits.

One pool of guarded connections for the whole process. What a provider refuses is told in our envelope, without its
address and without the key.
"""

from contextlib import AsyncExitStack
from typing import Annotated, Any

import anyio
import httpx2
import msgspec
import structlog
from anyio import to_thread
from fastapi import Depends, Request

from api.event_stream import OpenStream
from api.provider_refusals import ProviderUnavailableError, refusal_of
from shared.broker import redis_client
from shared.connections.limits import ConnectionLimits
from shared.connections.serving import UpstreamTarget
from shared.errors import InvalidInputError
from shared.outbound.bounds import AnswerTooLargeError, refuse_compressed
from shared.outbound.client import guarded_async_client
from shared.providers.upstream import USER_AGENT, UpstreamAuth
from shared.settings import Settings

log = structlog.get_logger(__name__)

HOPS_HEADER = "x-tunery-hops"
_MOST_HOPS = 4
"A gateway before a gateway is useful; a connection that leads back to its own service would go round for ever."
_CONNECT_SECONDS = 5.0
_ANSWER_BYTES = 64 << 20
"Of a whole answer: 128 choices of the longest output there is stay below it."
_LONGEST_ANSWERS = 4
"A stream may take several times the pause that it may make."
_EVENT_STREAM = "text/event-stream"
_BROKEN = ("The provider stopped in the middle.", "upstream_unavailable")


class ConnectionLoopError(InvalidInputError):
    code = "connection_loop"

    def __init__(self, connection: str) -> None:
        super().__init__(
            f"The request came through {_MOST_HOPS} services like this one, and connection `{connection}` would "
            "pass it on. Does a connection lead back to where it is?"
        )


class ProviderChat:
    """Asks providers. `at` binds it to one of them."""

    def __init__(self, settings: Settings) -> None:
        timeout = httpx2.Timeout(settings.inference_timeout_seconds, connect=_CONNECT_SECONDS, pool=_CONNECT_SECONDS)
        self._client = guarded_async_client(settings, timeout=timeout, headers={"user-agent": USER_AGENT})
        self._limits = ConnectionLimits(
            redis_client(settings),
            key_prefix=settings.redis_key_prefix,
            longest_seconds=_LONGEST_ANSWERS * settings.inference_timeout_seconds,
        )

    def at(self, target: UpstreamTarget, *, hops: int) -> "BoundChat":
        """`hops` services of ours have passed the request on before. Raises ConnectionLoopError for too many."""
        if hops >= _MOST_HOPS:
            raise ConnectionLoopError(target.name)
        return BoundChat(self._client, self._limits, target, hops)

    async def close(self) -> None:
        await self._client.aclose()
        self._limits.close()


class BoundChat:
    """One provider, answering under one model's name."""

    def __init__(self, client: httpx2.AsyncClient, limits: ConnectionLimits, target: UpstreamTarget, hops: int) -> None:
        self._client = client
        self._hops = hops
        self._limits = limits
        self._target = target

    async def complete(self, body: dict[str, Any]) -> dict[str, Any]:
        """A whole answer. Raises ServiceError; being cancelled closes the call at the provider."""
        async with AsyncExitStack() as stack:
            response = await self._open(stack, body)
            try:
                taken = await _read(response)
            except httpx2.HTTPError as error:
                raise self._away(error) from error
        try:
            answer = msgspec.json.decode(taken)
        except (msgspec.DecodeError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            log.error("provider.not_json", connection=self._target.upstream.connection_id, length=len(taken))
            raise ProviderUnavailableError(self._target.name, "sent something other than a completion")
        return answer

    async def stream(self, body: dict[str, Any]) -> OpenStream:
        """An event stream. Refusals are raised here, before the first byte is answered."""
        stack = AsyncExitStack()
        try:
            response = await self._open(stack, body)
            if _EVENT_STREAM not in response.headers.get("content-type", ""):
                log.error("provider.no_stream", connection=self._target.upstream.connection_id)
                raise ProviderUnavailableError(self._target.name, "sent something other than a stream")  # noqa: TRY301  closed below
        except BaseException:
            with anyio.CancelScope(shield=True):
                await stack.aclose()
            raise
        return OpenStream(response, stack, broken=_BROKEN)

    async def _open(self, stack: AsyncExitStack, body: dict[str, Any]) -> httpx2.Response:
        upstream = self._target.upstream
        place = await to_thread.run_sync(self._limits.enter, upstream.connection_id, self._target.rate_limits)
        stack.push_async_callback(self._leave, place)
        request = self._client.stream(
            "POST",
            f"{upstream.base_url}/chat/completions",
            content=msgspec.json.encode(body),
            headers={
                "content-type": "application/json",
                "accept": "application/json",
                "accept-encoding": "identity",
                HOPS_HEADER: str(self._hops + 1),
            },
            auth=UpstreamAuth(upstream),
        )
        try:
            response = await stack.enter_async_context(request)
            refuse_compressed(response.headers)
            if response.is_success:
                return response
            raise refusal_of(self._target, response, await _read(response))
        except httpx2.HTTPError as error:
            raise self._away(error) from error

    async def _leave(self, place: str | None) -> None:
        with anyio.CancelScope(shield=True):
            await to_thread.run_sync(self._limits.leave, self._target.upstream.connection_id, place)

    def _away(self, error: httpx2.HTTPError) -> ProviderUnavailableError:
        log.warning("provider.away", connection=self._target.upstream.connection_id, error=type(error).__name__)
        if isinstance(error, httpx2.TimeoutException):
            return ProviderUnavailableError(self._target.name, "took too long")
        return ProviderUnavailableError(self._target.name, "could not be reached, or broke off")


async def _read(response: httpx2.Response) -> bytes:
    taken = bytearray()
    async for piece in response.aiter_bytes():
        taken += piece
        if len(taken) > _ANSWER_BYTES:
            raise AnswerTooLargeError("The answer is larger than any completion")
    return bytes(taken)


def hops_of(request: Request) -> int:
    """How many services of ours a request has come through; what is no such number counts as none."""
    told = request.headers.get(HOPS_HEADER, "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < len("1000") else 0


def get_provider_chat(request: Request) -> ProviderChat:
    chat: ProviderChat = request.app.state.provider_chat
    return chat


ProviderChatDep = Annotated[ProviderChat, Depends(get_provider_chat)]
