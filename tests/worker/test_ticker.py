"""The scheduler: one acts, lost hints are replaced, silent workers are noticed, chores are done."""

import pytest
from sqlmodel import select

from shared.db.session import Database
from shared.outbox.add import add_work
from shared.outbox.claim import claim_work
from shared.outbox.tables import WorkItem, WorkState
from shared.resources import Resources
from shared.tasks import Queue, Work
from tests.fixtures.redis import RedisServer
from tests.fixtures.settings import on_sqlite
from tests.fixtures.waiting import wait_until
from worker.ticker import Ticker
from worker.upkeep import Chore

pytestmark = on_sqlite


@pytest.fixture
def ticker(resources: Resources, redis: RedisServer) -> Ticker:
    return make_ticker(resources, redis)


def make_ticker(resources: Resources, redis: RedisServer, *chores: Chore, holder: str = "one") -> Ticker:
    return Ticker(resources, redis.client(), holder, list(chores))


def add(database: Database, *, count: int = 1, kind: Work = Work.VALIDATE_JOB) -> None:
    """Work that is due and that nobody was told of."""
    with database.transaction() as session:
        for number in range(count):
            add_work(session, kind=kind, project_id="proj_1", subject_id=f"subject-{number}", due_at=0.0)


def waiting(resources: Resources, redis: RedisServer, queue: Queue = Queue.DATA) -> int:
    """Hints that lie in a queue."""
    with redis.client() as client:
        return int(client.llen(f"{resources.settings.redis_key_prefix}{queue}"))


def states(database: Database) -> list[tuple[str, bool]]:
    """State of each unit, and whether it was announced."""
    with database.reading() as session:
        return [(work.state, work.published_at is not None) for work in session.exec(select(WorkItem))]


class TestAnnouncing:
    @pytest.mark.parametrize("kind", Work)
    def test_due_work_is_put_into_its_queue(
        self, ticker: Ticker, resources: Resources, redis: RedisServer, database: Database, kind: Work
    ) -> None:
        """Work that nobody was told of is announced in the queue of its kind."""
        add(database, kind=kind)

        ticker.tick()

        queue = Queue(next(iter(database_queues(database))))
        wait_until(lambda: waiting(resources, redis, queue) == 1, what="the hint lies in its queue")
        assert states(database) == [(WorkState.READY, True)]

    def test_a_full_queue_gets_no_more(
        self, ticker: Ticker, resources: Resources, redis: RedisServer, database: Database
    ) -> None:
        """No more hints are put into a queue than workers can be told of at once."""
        add(database, count=250)

        ticker.tick()
        wait_until(lambda: waiting(resources, redis) == 200, what="200 hints wait")
        ticker.tick()

        assert sum(announced for _, announced in states(database)) == 200

    def test_nothing_is_announced_while_redis_is_away(
        self, ticker: Ticker, redis: RedisServer, database: Database
    ) -> None:
        """While Redis is away work stays unannounced, and is announced as soon as Redis is back."""
        add(database)
        redis.kill()
        ticker.tick()
        while_away = states(database)
        redis.start()
        ticker.tick()

        assert while_away == [(WorkState.READY, False)]
        assert states(database) == [(WorkState.READY, True)]


def database_queues(database: Database) -> set[str]:
    with database.reading() as session:
        return set(session.exec(select(WorkItem.queue)))


class TestSilentWorkers:
    def test_are_noticed(self, ticker: Ticker, database: Database) -> None:
        """Work of a worker that fell silent is ready again and announced in the same round."""
        add(database)
        with database.transaction() as session:
            claim_work(session, session.exec(select(WorkItem.id)).one(), lease_seconds=-1)

        ticker.tick()

        assert states(database) == [(WorkState.READY, True)]


class TestSeveralSchedulers:
    def test_one_acts(self, ticker: Ticker, resources: Resources, redis: RedisServer, database: Database) -> None:
        """While one scheduler is at work, a second one does nothing."""
        ticker.tick()
        add(database)

        make_ticker(resources, redis, holder="two").tick()

        assert states(database) == [(WorkState.READY, False)]


def noting_chore(done: list[str]) -> Chore:
    """A chore that notes that it was done."""

    def run(_resources: Resources) -> int:
        done.append("chore")
        return 1

    return Chore("chore", every_seconds=3600, run=run)


class TestChores:
    def test_are_done_when_due(self, resources: Resources, redis: RedisServer) -> None:
        """A chore is done at the first round and not again before its time."""
        done: list[str] = []
        ticker = make_ticker(resources, redis, noting_chore(done))

        ticker.tick()
        ticker.tick()

        assert done == ["chore"]

    def test_one_that_fails_stops_no_other(self, resources: Resources, redis: RedisServer) -> None:
        """A chore that fails is tried again at its next time, and the others are done."""
        done: list[str] = []
        broken = Chore("broken", 3600, lambda _resources: 1 // 0)
        ticker = make_ticker(resources, redis, broken, noting_chore(done))

        ticker.tick()

        assert done == ["chore"]

    def test_are_left_to_the_scheduler_that_acts(
        self, ticker: Ticker, resources: Resources, redis: RedisServer
    ) -> None:
        """A scheduler that does not hold the lease does no chores."""
        done: list[str] = []
        ticker.tick()

        make_ticker(resources, redis, noting_chore(done), holder="two").tick()

        assert done == []
