"""Limits of a connection that all processes keep together."""

from collections.abc import Iterator

import pytest
import redis

from shared.connections.limits import ConnectionBusyError, ConnectionLimits
from shared.ids import random_token
from tests.fixtures.redis import RedisServer

LIMIT = {"concurrent": 2}


@pytest.fixture
def client(redis_server: RedisServer) -> Iterator[redis.Redis]:
    client = redis.Redis.from_url(redis_server.url)
    yield client
    client.close()


@pytest.fixture
def prefix() -> str:
    return f"test-{random_token(6)}:"


def limits(client: redis.Redis, prefix: str, *, longest_seconds: float = 60) -> ConnectionLimits:
    """As another process has them."""
    return ConnectionLimits(client, key_prefix=prefix, longest_seconds=longest_seconds)


class TestPlaces:
    def test_are_counted_over_all_processes(self, client: redis.Redis, prefix: str) -> None:
        """Two processes share a connection's places, and what one gives back the other can have."""
        one, other = limits(client, prefix), limits(client, prefix)
        place = one.enter("conn_1", LIMIT)
        other.enter("conn_1", LIMIT)

        with pytest.raises(ConnectionBusyError):
            other.enter("conn_1", LIMIT)
        one.leave("conn_1", place)

        assert other.enter("conn_1", LIMIT) is not None

    def test_are_each_connections_own(self, client: redis.Redis, prefix: str) -> None:
        """A busy connection does not hold up another."""
        chosen = limits(client, prefix)
        for _ in range(2):
            chosen.enter("conn_1", LIMIT)

        assert chosen.enter("conn_2", LIMIT) is not None

    def test_of_a_process_that_died_are_free_again(self, client: redis.Redis, prefix: str) -> None:
        """A place that nobody gives back is free when the call would long be over."""
        dying = limits(client, prefix, longest_seconds=-1)
        for _ in range(2):
            dying.enter("conn_1", LIMIT)

        assert limits(client, prefix).enter("conn_1", LIMIT) is not None

    def test_are_counted_alone_while_redis_is_away(self, prefix: str) -> None:
        """Without Redis each process keeps the limit by itself, and chat goes on."""
        away = redis.Redis(port=1, socket_connect_timeout=0.2)
        alone = limits(away, prefix)
        places = [alone.enter("conn_1", LIMIT) for _ in range(2)]

        with pytest.raises(ConnectionBusyError):
            alone.enter("conn_1", LIMIT)
        alone.leave("conn_1", places[0])

        assert alone.enter("conn_1", LIMIT) is not None

    def test_without_a_limit_are_not_counted(self, client: redis.Redis, prefix: str) -> None:
        """A connection without limits takes no place."""
        assert limits(client, prefix).enter("conn_1", {}) is None
