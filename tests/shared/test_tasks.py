"""The doorbell: hints go out beside the request, and a broker that is away harms nobody."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from kombu.exceptions import OperationalError

from shared.broker import broker_url, celery_app
from shared.db.session import Hint
from shared.settings import Settings
from shared.tasks import Doorbell, Queue, Work, queue_of, send_hint
from tests.fixtures.redis import RedisServer
from tests.fixtures.waiting import wait_until

HINT = Hint(Queue.DATA, Work.VALIDATE_JOB, "work_1")


@pytest.fixture
def settings(base_settings: Settings) -> Settings:
    return base_settings


@pytest.fixture
def doorbell(settings: Settings, redis: RedisServer) -> Iterator[Doorbell]:
    doorbell = Doorbell(settings)
    yield doorbell
    doorbell.close()


def waiting(settings: Settings, redis: RedisServer, queue: str = Queue.DATA) -> list[dict[str, Any]]:
    """The messages that lie in a queue."""
    with redis.client() as client:
        return [json.loads(message) for message in client.lrange(f"{settings.redis_key_prefix}{queue}", 0, -1)]


class TestRinging:
    def test_puts_an_id_into_a_queue(self, doorbell: Doorbell, settings: Settings, redis: RedisServer) -> None:
        """A hint is a message to the queue of its kind of work that carries the id of a row and nothing else."""
        doorbell.ring([HINT])
        wait_until(lambda: waiting(settings, redis), what="the hint lies in its queue")

        (message,) = waiting(settings, redis)
        assert message["headers"]["task"] == Work.VALIDATE_JOB
        assert message["headers"]["argsrepr"] == "['work_1']"

    def test_never_waits_for_the_broker(self, doorbell: Doorbell, redis: RedisServer) -> None:
        """Ringing takes no time while the broker is away, however many hints there are."""
        redis.kill()
        before = time.monotonic()

        doorbell.ring([HINT] * 20_000)

        assert time.monotonic() - before < 2

    def test_goes_on_after_the_broker_was_away(
        self, doorbell: Doorbell, settings: Settings, redis: RedisServer
    ) -> None:
        """Hints reach the broker again once it is back."""
        redis.restart()

        def ring_and_look() -> bool:
            doorbell.ring([HINT])
            return bool(waiting(settings, redis))

        wait_until(ring_and_look, what="a hint gets through")

    def test_ends_quickly_while_the_broker_is_away(self, settings: Settings, redis: RedisServer) -> None:
        """A process ends within seconds although hints are left that nobody can take."""
        doorbell = Doorbell(settings)
        redis.kill()
        doorbell.ring([HINT] * 20_000)
        before = time.monotonic()

        doorbell.close()

        assert time.monotonic() - before < 5


class TestSending:
    def test_fails_aloud_while_the_broker_is_away(self, settings: Settings, redis: RedisServer) -> None:
        """Whoever sends a hint directly hears that the broker is away, instead of waiting for it to come back."""
        redis.kill()
        app = celery_app(settings)

        with pytest.raises(OperationalError):
            send_hint(app, HINT)

        app.close()


class TestQueues:
    @pytest.mark.parametrize("kind", Work)
    def test_every_kind_of_work_has_one(self, kind: Work) -> None:
        """No kind of work can be asked for that no worker would do."""
        assert queue_of(kind) in set(Queue)

    def test_an_unknown_kind_has_none(self) -> None:
        """Work of an unknown kind needs a queue by name."""
        with pytest.raises(ValueError, match="bench"):
            queue_of("bench.count")


class TestBrokerUrl:
    @pytest.mark.parametrize(
        ("given", "for_kombu"),
        [
            ("redis://host:6379/0", "redis://host:6379/0"),
            ("rediss://host", "rediss://host"),
            ("unix:///run/redis.sock", "redis+socket:///run/redis.sock"),
            ("unix:///run/redis.sock?db=2", "redis+socket:///run/redis.sock?virtual_host=2"),
        ],
    )
    def test_is_spelt_as_the_library_wants_it(self, given: str, for_kombu: str) -> None:
        """One setting names Redis for both libraries that talk to it."""
        assert broker_url(given) == for_kombu
