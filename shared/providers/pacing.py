"""A connection's turn: a token bucket in Redis that all workers share, and one moment before which nobody asks.

Redis may be away, and pacing is no truth: then each process keeps a bucket of its own, with a share of the rate. A
limit that is overshot so is answered with a 429, which holds everybody back.
"""

import threading
import time
from typing import Protocol

import redis
import structlog

from shared.providers.trouble import TroubleKind, UpstreamTroubleError

log = structlog.get_logger(__name__)

_SECONDS_A_MINUTE = 60.0
_BURST_SECONDS = 5.0
"A bucket holds what the rate gives in this time."
_LONGEST_WAIT_SECONDS = 5.0
"Waited for in place; whoever would have to wait longer is sent away with the time."
_HELD_BACK_SECONDS = 5.0
"After a 429 that does not say for how long."
_LOCAL_SHARE = 0.25
"Of the rate that one process takes on its own while Redis is away."

# One script, so that two workers never take the same token; the server's time, so that their clocks do not matter.
_TAKE = """
local now = redis.call('TIME')
local seconds = tonumber(now[1]) + tonumber(now[2]) / 1000000
local held = tonumber(redis.call('GET', KEYS[2]) or 0)
if held > seconds then return tostring(held - seconds) end
local rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
if rate <= 0 then return '0' end
local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = math.min(burst, (tonumber(bucket[1]) or burst) + (seconds - (tonumber(bucket[2]) or seconds)) * rate)
local wait = 0
if tokens >= 1 then tokens = tokens - 1 else wait = (1 - tokens) / rate end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(seconds))
redis.call('PEXPIRE', KEYS[1], math.ceil(burst / rate * 1000) + 60000)
return tostring(wait)
"""
_HOLD = """
local now = redis.call('TIME')
local untilwhen = tonumber(now[1]) + tonumber(now[2]) / 1000000 + tonumber(ARGV[1])
if untilwhen > tonumber(redis.call('GET', KEYS[1]) or 0) then
  redis.call('SET', KEYS[1], tostring(untilwhen), 'PX', math.ceil(tonumber(ARGV[1]) * 1000) + 1000)
end
"""


class Pacer(Protocol):
    """Says when a request may go."""

    def take_turn(self) -> None:
        """Return when it is this request's turn. Raises UpstreamTroubleError of kind RATE_LIMITED when that is far."""

    def hold_back(self, seconds: float | None) -> None:
        """Let nobody ask for a while: the upstream has said so."""


class SharedPacer:
    """Of one connection, on all workers together."""

    def __init__(
        self, client: redis.Redis, *, key_prefix: str, connection_id: str, requests_per_minute: int | None
    ) -> None:
        rate = (requests_per_minute or 0) / _SECONDS_A_MINUTE
        self._rate, self._burst = rate, max(1.0, rate * _BURST_SECONDS)
        self._keys = (f"{key_prefix}pace:{connection_id}", f"{key_prefix}pace-held:{connection_id}")
        self._take = client.register_script(_TAKE)
        self._hold = client.register_script(_HOLD)
        self._local = LocalBucket(self._rate * _LOCAL_SHARE, max(1.0, self._burst * _LOCAL_SHARE))

    def take_turn(self) -> None:
        while (wait := self.ask()) > 0:
            if wait > _LONGEST_WAIT_SECONDS:
                raise UpstreamTroubleError(
                    TroubleKind.RATE_LIMITED, "The connection's rate is used up.", retry_after_seconds=wait
                )
            time.sleep(wait)

    def hold_back(self, seconds: float | None) -> None:
        chosen = _HELD_BACK_SECONDS if seconds is None else seconds
        self._local.hold_back(chosen)
        try:
            self._hold(keys=[self._keys[1]], args=[chosen])
        except redis.RedisError as error:
            log.warning("pacing.redis_away", error=type(error).__name__)

    def ask(self) -> float:
        """Take a turn now: 0. Or the seconds to wait before asking again."""
        try:
            return float(self._take(keys=list(self._keys), args=[self._rate, self._burst]))
        except redis.RedisError as error:
            log.warning("pacing.redis_away", error=type(error).__name__)
            return self._local.ask()


class LocalBucket:
    """The same in one process, for while Redis is away."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst, self._tokens = rate, burst, burst
        self._at = time.monotonic()
        self._held_until = 0.0
        self._lock = threading.Lock()

    def ask(self) -> float:
        """Take a token, or say in how many seconds there will be one."""
        with self._lock:
            now = time.monotonic()
            if self._held_until > now:
                return self._held_until - now
            if self._rate <= 0:
                return 0.0
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
            self._at = now
            if self._tokens >= 1:
                self._tokens -= 1
                return 0.0
            return (1 - self._tokens) / self._rate

    def hold_back(self, seconds: float) -> None:
        with self._lock:
            self._held_until = max(self._held_until, time.monotonic() + seconds)
