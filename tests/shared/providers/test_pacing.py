"""A connection's turn: one bucket for all workers, one moment before which nobody asks; Redis may be away."""

import time

import pytest

from shared.providers.pacing import LocalBucket, SharedPacer
from shared.providers.trouble import TroubleKind, UpstreamTroubleError
from tests.fixtures.redis import RedisServer


def pacer(redis: RedisServer, *, per_minute: int | None, connection_id: str = "conn_1") -> SharedPacer:
    return SharedPacer(redis.client(), key_prefix="test:", connection_id=connection_id, requests_per_minute=per_minute)


class TestSharedPacer:
    def test_one_bucket_for_all(self, redis: RedisServer) -> None:
        """Two workers of one connection take from the same bucket; another connection has its own."""
        first, second = pacer(redis, per_minute=6), pacer(redis, per_minute=6)

        first.take_turn()

        with pytest.raises(UpstreamTroubleError) as refused:
            second.take_turn()
        assert refused.value.kind is TroubleKind.RATE_LIMITED
        assert 5 < (refused.value.retry_after_seconds or 0) <= 10
        pacer(redis, per_minute=6, connection_id="conn_2").take_turn()

    def test_rate(self, redis: RedisServer) -> None:
        """Beyond its burst, a rate of 1,200 a minute lets a request through every twentieth of a second."""
        paced = pacer(redis, per_minute=1200)
        for _ in range(100):
            paced.take_turn()
        began = time.monotonic()

        for _ in range(10):
            paced.take_turn()

        assert 0.3 < time.monotonic() - began < 3

    def test_held_back_by_one_for_all(self, redis: RedisServer) -> None:
        """What one worker heard of a 429 holds the others back, rate or no rate."""
        pacer(redis, per_minute=None).hold_back(60)

        with pytest.raises(UpstreamTroubleError) as refused:
            pacer(redis, per_minute=None).take_turn()

        assert 50 < (refused.value.retry_after_seconds or 0) <= 60

    def test_without_redis(self, redis: RedisServer) -> None:
        """While Redis is away a worker paces itself, with a share of the rate."""
        paced = pacer(redis, per_minute=6)
        redis.kill()

        paced.take_turn()

        with pytest.raises(UpstreamTroubleError):
            paced.take_turn()


class TestLocalBucket:
    def test_no_rate(self) -> None:
        """A connection without a limit never waits."""
        bucket = LocalBucket(rate=0, burst=1)

        assert [bucket.ask() for _ in range(5)] == [0.0] * 5
