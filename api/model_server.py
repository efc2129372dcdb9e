"""The client of the model server: proxies completions, holds no session, frees the model when the caller hangs up."""

from contextlib import AsyncExitStack
from typing import Annotated, Any

import httpx2
import msgspec
import structlog
from fastapi import Depends, Request

from api.event_stream import OpenStream
from shared.errors import Kind, ServiceError, UnavailableError
from shared.settings import Settings

log = structlog.get_logger(__name__)

_ROUTE = "/v1/chat/completions"
_CONNECT_SECONDS = 5.0
_ERROR_BYTES = 64 << 10
_BROKEN = ("The model server stopped in the middle.", "model_server_unavailable")
_KINDS = {
    400: Kind.INVALID,
    404: Kind.NOT_FOUND,
    413: Kind.TOO_LARGE,
    422: Kind.INVALID,
    429: Kind.RATE_LIMITED,
}


class ModelServerError(ServiceError):
    """A refusal of the model server, in its own words where they are the caller's business."""


class ModelServerUnavailableError(UnavailableError):
    code = "model_server_unavailable"


class ModelServer:
    """One connection pool to the server named in the settings."""

    def __init__(self, settings: Settings) -> None:
        self._is_configured = bool(settings.inference_url)
        token = settings.inference_token.get_secret_value()
        self._client = httpx2.AsyncClient(
            base_url=settings.inference_url or "http://model-server.invalid",
            headers={"authorization": f"Bearer {token}"} if token else {},
            timeout=httpx2.Timeout(settings.inference_timeout_seconds, connect=_CONNECT_SECONDS),
            trust_env=False,
        )

    async def complete(self, body: dict[str, Any]) -> dict[str, Any]:
        """A whole answer. Raises ModelServerError; being cancelled frees the model."""
        async with AsyncExitStack() as stack:
            response = await self._open(stack, body)
            answer: dict[str, Any] = msgspec.json.decode(await response.aread())
        return answer

    async def stream(self, body: dict[str, Any]) -> OpenStream:
        """An event stream. Refusals are raised here, before the first byte is answered."""
        stack = AsyncExitStack()
        try:
            response = await self._open(stack, body)
        except BaseException:
            await stack.aclose()
            raise
        return OpenStream(response, stack, broken=_BROKEN)

    async def close(self) -> None:
        await self._client.aclose()

    async def _open(self, stack: AsyncExitStack, body: dict[str, Any]) -> httpx2.Response:
        if not self._is_configured:
            raise ModelServerUnavailableError(
                "No model server is configured (TUNERY_INFERENCE_URL), so nothing can answer."
            )
        try:
            response = await stack.enter_async_context(
                self._client.stream(
                    "POST",
                    _ROUTE,
                    content=msgspec.json.encode(body),
                    headers={"content-type": "application/json"},
                )
            )
        except httpx2.TimeoutException as error:
            raise ModelServerUnavailableError(
                "The model server took too long. Ask for fewer tokens, or again later."
            ) from error
        except httpx2.TransportError as error:
            log.warning("model_server.away", error=type(error).__name__)
            raise ModelServerUnavailableError("The model server does not answer now. Ask again later.") from error
        if response.is_success:
            return response
        raise await _refusal(response)


async def _refusal(response: httpx2.Response) -> ServiceError:
    try:
        told = msgspec.json.decode((await response.aread())[:_ERROR_BYTES])["error"]
        message, code, param = str(told["message"]), told.get("code"), told.get("param")
    except (msgspec.DecodeError, KeyError, TypeError, httpx2.HTTPError):
        message, code, param = "", None, None
    kind = _KINDS.get(response.status_code)
    if kind is None or not message:
        # A 401 here is our own misconfiguration and a 500 the server's defect: neither is the caller's to read.
        log.error("model_server.refused", status=response.status_code, message=message[:200])
        return ModelServerUnavailableError("The model server could not answer. Ask again later.")
    return ModelServerError(message, kind=kind, code=code, param=param)


def get_model_server(request: Request) -> ModelServer:
    server: ModelServer = request.app.state.model_server
    return server


ModelServerDep = Annotated[ModelServer, Depends(get_model_server)]
