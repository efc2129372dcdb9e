"""HTTP clients whose every connection passes the guard: no redirects, proxies, cookies, environment."""

import ssl
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpcore2
import httpx2

from shared.outbound.bounds import refuse_compressed, take_at_most
from shared.outbound.deadline import DeadlineBackend
from shared.outbound.guard import AsyncGuardedBackend, Guard, GuardedBackend
from shared.outbound.policy import outbound_policy
from shared.settings import Settings

_KEEP_ALIVE_SECONDS = 30.0
"A connection that is kept is not judged again, so it is not kept for long."
_STREAMED = "application/binary"
"How the SDK asks for the content of a file."
_MAX_CONNECTIONS = 1000
"Streams of minutes hold one each; the system's own limit on open files comes first in most places."


def guarded_client(
    settings: Settings,
    *,
    timeout: httpx2.Timeout | float,
    within_seconds: float | None = None,
    most_bytes: int | None = None,
    **options: Any,
) -> httpx2.Client:
    """A synchronous client. What it cannot or must not reach is httpx2.ConnectError.

    `timeout` begins anew with every byte; `within_seconds` from now, everything it does has ended. An answer of more
    than `most_bytes` is AnswerTooLargeError, but for what is asked for as `application/binary` and counted by its
    reader.
    """
    transport = GuardedTransport(Guard(outbound_policy(settings)), within_seconds=within_seconds, most_bytes=most_bytes)
    return httpx2.Client(
        transport=transport, timeout=timeout, trust_env=False, follow_redirects=False, cookies=_no_cookies(), **options
    )


def guarded_async_client(settings: Settings, *, timeout: httpx2.Timeout | float, **options: Any) -> httpx2.AsyncClient:
    """The asynchronous one."""
    transport = AsyncGuardedTransport(Guard(outbound_policy(settings)))
    return httpx2.AsyncClient(
        transport=transport, timeout=timeout, trust_env=False, follow_redirects=False, cookies=_no_cookies(), **options
    )


class GuardedTransport(httpx2.BaseTransport):
    """Requests of `httpx2.Client` over guarded connections."""

    def __init__(
        self,
        guard: Guard,
        *,
        tls: ssl.SSLContext | None = None,
        within_seconds: float | None = None,
        most_bytes: int | None = None,
    ) -> None:
        self._most_bytes = most_bytes
        backend: httpcore2.NetworkBackend = GuardedBackend(guard)
        if within_seconds is not None:
            backend = DeadlineBackend(time.monotonic() + within_seconds, backend)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=tls or public_tls(),
            max_connections=_MAX_CONNECTIONS,
            keepalive_expiry=_KEEP_ALIVE_SECONDS,
            network_backend=backend,
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        with _errors_of_httpx2():
            answer = self._pool.handle_request(_to_core(request))
        most_bytes = None if request.headers.get("accept") == _STREAMED else self._most_bytes
        if most_bytes is not None:
            _refuse_compressed(answer)
        return httpx2.Response(
            answer.status, headers=answer.headers, stream=_Stream(answer, most_bytes), extensions=answer.extensions
        )

    def close(self) -> None:
        self._pool.close()


class AsyncGuardedTransport(httpx2.AsyncBaseTransport):
    """Requests of `httpx2.AsyncClient` over guarded connections."""

    def __init__(self, guard: Guard, *, tls: ssl.SSLContext | None = None) -> None:
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=tls or public_tls(),
            max_connections=_MAX_CONNECTIONS,
            keepalive_expiry=_KEEP_ALIVE_SECONDS,
            network_backend=AsyncGuardedBackend(guard),
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        with _errors_of_httpx2():
            answer = await self._pool.handle_async_request(_to_core(request))
        return httpx2.Response(
            answer.status, headers=answer.headers, stream=_AsyncStream(answer), extensions=answer.extensions
        )

    async def aclose(self) -> None:
        await self._pool.aclose()


def _no_cookies() -> CookieJar:
    """Keeps none: a client serves many tenants, and what a host sets in one's answer is not for another's request."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


@cache
def public_tls() -> ssl.SSLContext:
    """Trusts the public roots. Reading them takes longer than a request, so once a process."""
    return httpx2.create_ssl_context(trust_env=False)


def core_url(url: httpx2.URL) -> httpcore2.URL:
    """The URL as it goes over the network: IDNA for the host, percent signs for the rest."""
    return httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)


def _to_core(request: httpx2.Request) -> httpcore2.Request:
    return httpcore2.Request(
        method=request.method,
        url=core_url(request.url),
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )


@contextmanager
def _errors_of_httpx2() -> Iterator[None]:
    """Both libraries name their errors alike; clients and SDKs know those of httpx2."""
    try:
        yield
    except Exception as error:
        for kind in type(error).__mro__:
            twin = getattr(httpx2, kind.__name__, None)
            if kind.__module__.startswith("httpcore2") and isinstance(twin, type):
                raise twin(str(error)) from error
        raise


def _refuse_compressed(answer: httpcore2.Response) -> None:
    try:
        refuse_compressed(httpx2.Headers(answer.headers))
    except httpx2.RemoteProtocolError:
        answer.close()
        raise


class _Stream(httpx2.SyncByteStream):
    def __init__(self, answer: httpcore2.Response, most_bytes: int | None) -> None:
        self._answer = answer
        self._most_bytes = most_bytes

    def __iter__(self) -> Iterator[bytes]:
        with _errors_of_httpx2():
            yield from take_at_most(self._answer.iter_stream(), self._most_bytes)

    def close(self) -> None:
        self._answer.close()


class _AsyncStream(httpx2.AsyncByteStream):
    def __init__(self, answer: httpcore2.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _errors_of_httpx2():
            async for piece in self._answer.aiter_stream():
                yield piece

    async def aclose(self) -> None:
        await self._answer.aclose()
