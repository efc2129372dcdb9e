"""The guard at the one place every connection passes: it looks a name up, judges all answers, connects to one of them.

Looking up and connecting are one step, so a name that changes its address in between gains nothing; and because only
the address is replaced, TLS still checks the name. Who was refused hears what anyone hears whose host is silent: a
refusal of its own would tell a tenant which of our addresses exist.
"""

import time
from collections.abc import Iterable
from typing import Any

import httpcore2
import structlog
from anyio import CapacityLimiter, to_thread

from shared.outbound.addresses import Address, why_denied
from shared.outbound.policy import OutboundPolicy
from shared.outbound.resolver import LOOKUP_SECONDS, Resolver, SystemResolver

log = structlog.get_logger(__name__)

_LOOKUPS_AT_ONCE = 32
UNREACHABLE = "The address could not be reached from this service."
"The one sentence a tenant hears, whatever the reason."


class Guard:
    """Turns a host into addresses that may be connected to."""

    def __init__(self, policy: OutboundPolicy, resolver: Resolver | None = None) -> None:
        self._policy = policy
        self._resolver = resolver or SystemResolver()

    def addresses(self, host: str, port: int, timeout: float | None) -> list[str]:
        """Every address of `host`, all of them permitted. Raises httpcore2.ConnectError otherwise; the log says why."""
        within = LOOKUP_SECONDS if timeout is None else min(timeout, LOOKUP_SECONDS)
        try:
            found = self._resolver.resolve(host, within_seconds=within)
        except OSError as error:
            log.warning("outbound.name_not_found", host=host, error=str(error)[:200])
            raise httpcore2.ConnectError(UNREACHABLE) from None
        if not found:
            raise httpcore2.ConnectError(UNREACHABLE)
        own = self._own_addresses(port, within)
        for address in found:
            # One bad answer among good ones is an attack, or a mistake that looks like one.
            reason = "a part of this service" if address in own else why_denied(address, self._policy.allowed_networks)
            if reason is not None:
                log.warning("outbound.denied", host=host, port=port, address=str(address), reason=reason)
                raise httpcore2.ConnectError(UNREACHABLE)
        return [str(address) for address in found]

    def _own_addresses(self, port: int, within: float) -> set[Address]:
        """Where our own parts listen on this port; looked up only for a port that one of them has."""
        own: set[Address] = set()
        for host, own_port in self._policy.own_parts:
            if own_port == port:
                try:
                    own.update(self._resolver.resolve(host, within_seconds=within))
                except OSError:
                    log.warning("outbound.own_part_not_found", host=host)
        return own


class GuardedBackend(httpcore2.NetworkBackend):
    """Connections of a synchronous client. No unix sockets: they lead to this machine."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._backend = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        deadline = _Deadline(timeout)
        refusal: Exception = httpcore2.ConnectError(UNREACHABLE)
        for address in self._guard.addresses(host, port, timeout):
            try:
                return self._backend.connect_tcp(address, port, deadline.left(), local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                refusal = error
        raise refusal


class AsyncGuardedBackend(httpcore2.AsyncNetworkBackend):
    """Connections of an asynchronous client. Build it inside the event loop."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        # Threads of its own: names whose servers are silent must not take those that answer requests.
        self._lookups = CapacityLimiter(_LOOKUPS_AT_ONCE)
        self._backend = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  httpcore2 names it
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        deadline = _Deadline(timeout)
        refusal: Exception = httpcore2.ConnectError(UNREACHABLE)
        for address in await self._addresses(host, port, timeout):
            try:
                return await self._backend.connect_tcp(address, port, deadline.left(), local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                refusal = error
        raise refusal

    async def _addresses(self, host: str, port: int, within: float | None) -> list[str]:
        return await to_thread.run_sync(self._guard.addresses, host, port, within, limiter=self._lookups)

    async def sleep(self, seconds: float) -> None:
        await self._backend.sleep(seconds)


class _Deadline:
    """One span of time for all addresses of a host together."""

    def __init__(self, seconds: float | None) -> None:
        self._at = None if seconds is None else time.monotonic() + seconds

    def left(self) -> float | None:
        return None if self._at is None else max(self._at - time.monotonic(), 0.001)
