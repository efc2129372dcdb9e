"""Staying below what a provider allows, over all processes together: places for calls under way, and turns a minute.

Redis may be away, and a limit is no truth: then each process counts its own calls, and what the provider counts
differently it answers with a 429.
"""

import threading
import time
from collections.abc import Mapping

import redis
import structlog

from shared.errors import Kind, ServiceError
from shared.ids import random_token
from shared.providers.pacing import SharedPacer

log = structlog.get_logger(__name__)

_TOKEN_CHARACTERS = 12
_BUSY_RETRY_SECONDS = 1.0

# The server's time, so that the clocks of hosts do not matter. A place whose holder died is free after its lease.
_ENTER = """
local now = tonumber(redis.call('TIME')[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[3])
redis.call('EXPIRE', KEYS[1], tonumber(ARGV[2]) + 60)
return 1
"""


class ConnectionBusyError(ServiceError):
    """Refused here, before the provider had to."""

    kind = Kind.RATE_LIMITED
    code = "connection_busy"

    def __init__(self, what: str, *, retry_after_seconds: float) -> None:
        super().__init__(
            f"This connection {what}. Ask again later.", retryable=True, retry_after_seconds=retry_after_seconds
        )


class ConnectionLimits:
    """Gives out places. `longest_seconds` is how long a call may take; a place nobody gave back is free after it."""

    def __init__(self, client: redis.Redis, *, key_prefix: str, longest_seconds: float) -> None:
        self._client = client
        self._prefix = key_prefix
        self._longest_seconds = int(longest_seconds) + 1
        self._enter = client.register_script(_ENTER)
        self._local: dict[str, dict[str, float]] = {}
        self._pacers: dict[tuple[str, int], SharedPacer] = {}
        self._lock = threading.Lock()

    def enter(self, connection_id: str, limits: Mapping[str, int]) -> str | None:
        """A place to give back, or None where there is no limit. Raises ConnectionBusyError with the time to wait."""
        place = self._take_place(connection_id, limits.get("concurrent"))
        wait = self._take_turn(connection_id, limits.get("requests_per_minute"))
        if wait > 0:
            self.leave(connection_id, place)
            raise ConnectionBusyError("has had its requests of this minute", retry_after_seconds=wait)
        return place

    def _take_place(self, connection_id: str, limit: int | None) -> str | None:
        if limit is None:
            return None
        place = random_token(_TOKEN_CHARACTERS)
        try:
            is_given = bool(self._enter(keys=[self._key(connection_id)], args=[limit, self._longest_seconds, place]))
        except redis.RedisError as error:
            log.warning("limits.redis_away", error=type(error).__name__)
            is_given = self._enter_locally(connection_id, limit, place)
        if not is_given:
            raise ConnectionBusyError(
                f"has {limit} calls under way, its limit `concurrent`", retry_after_seconds=_BUSY_RETRY_SECONDS
            )
        return place

    def _take_turn(self, connection_id: str, per_minute: int | None) -> float:
        """Seconds to wait; the workers that look after jobs take turns from the same bucket."""
        if per_minute is None:
            return 0.0
        with self._lock:
            pacer = self._pacers.get((connection_id, per_minute))
            if pacer is None:
                pacer = SharedPacer(
                    self._client,
                    key_prefix=self._prefix,
                    connection_id=connection_id,
                    requests_per_minute=per_minute,
                )
                self._pacers[connection_id, per_minute] = pacer
        return pacer.ask()

    def leave(self, connection_id: str, place: str | None) -> None:
        """Give a place back."""
        if place is None:
            return
        with self._lock:
            self._local.get(connection_id, {}).pop(place, None)
        try:
            self._client.zrem(self._key(connection_id), place)
        except redis.RedisError as error:
            log.warning("limits.redis_away", error=type(error).__name__)

    def close(self) -> None:
        self._client.close()

    def _enter_locally(self, connection_id: str, limit: int, place: str) -> bool:
        with self._lock:
            held = self._local.setdefault(connection_id, {})
            now = time.monotonic()
            for stale in [name for name, until in held.items() if until < now]:
                del held[stale]
            if len(held) >= limit:
                return False
            held[place] = now + self._longest_seconds
            return True

    def _key(self, connection_id: str) -> str:
        return f"{self._prefix}calls:{connection_id}"
