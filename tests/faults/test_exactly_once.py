"""The measured claim: whatever is killed, accepted work is done, and its effect happens once."""

import random
import time

import pytest

from shared.outbox.tables import WorkState
from shared.settings import Settings
from tests.faults.counting_worker import COUNT, HOLD, held_file, release_file
from tests.faults.figures import publish_figures
from tests.faults.fleet import Fleet
from tests.faults.plan import draw_plan
from tests.faults.storm import BATCH_UNITS, Storm
from tests.fixtures.redis import RedisServer
from tests.fixtures.settings import on_postgresql, on_sqlite
from tests.fixtures.waiting import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults"), pytest.mark.timeout(600)]


class TestKilledParts:
    @on_sqlite
    def test_thousands_of_units_on_sqlite(self, storm: Storm, fleet: Fleet) -> None:
        """3,040 units are each done once while 20 workers, 15 Redis servers and 3 schedulers are killed."""
        run_storm(storm, fleet, name="exactly_once_sqlite", worker=20, redis=15, scheduler=3)

    @on_postgresql
    def test_hundreds_of_units_on_postgresql(self, storm: Storm, fleet: Fleet) -> None:
        """640 units are each done once while 4 workers, 3 Redis servers and a scheduler are killed."""
        run_storm(storm, fleet, name="exactly_once_postgresql", worker=4, redis=3, scheduler=1)


class TestPausedWorkers:
    @on_sqlite
    def test_worker_that_wakes_too_late(self, storm: Storm, fleet: Fleet, service_settings: Settings) -> None:
        """A worker that is paused past its lease finds its unit done by another and changes nothing."""
        fleet.start("scheduler-1", "worker-1")
        storm.accept(HOLD, ["held"])
        wait_until(held_file(service_settings, "held").exists, what="the first worker holds the unit")

        fleet.pause("worker-1")
        fleet.start("worker-2")
        wait_until(lambda: storm.list_work()[0].fence > 1, what="the second worker holds it")
        release_file(service_settings).touch()
        wait_until(storm.list_effects, what="the second worker is done")
        fleet.resume("worker-1")
        wait_until(lambda: "work.claim_lost" in fleet.log_of("worker-1"), what="the first worker gives up")

        assert storm.list_effects() == ["held"]
        assert [item.state for item in storm.list_work()] == [WorkState.DONE]


class TestLostRedis:
    @on_sqlite
    def test_worker_that_could_not_acknowledge(
        self, fleet: Fleet, redis: RedisServer, storm: Storm, service_settings: Settings
    ) -> None:
        """A worker whose every message is unacknowledged when Redis dies listens again once there is a Redis."""
        fleet.start("scheduler-1", "worker-1")
        storm.accept(HOLD, ["held-1", "held-2"])
        for held in ("held-1", "held-2"):
            wait_until(held_file(service_settings, held).exists, what="both processes of the worker are busy")

        redis.kill()
        release_file(service_settings).touch()
        wait_until(lambda: len(storm.list_effects()) == 2, what="both units are done")
        wait_until(lambda: "Couldn't ack" in fleet.log_of("worker-1"), what="the worker fails to acknowledge")
        redis.start()
        storm.accept(COUNT, ["afterwards"])
        wait_until(lambda: "afterwards" in storm.list_effects(), what="the worker works again")

        assert sorted(storm.list_effects()) == ["afterwards", "held-1", "held-2"]


def run_storm(storm: Storm, fleet: Fleet, *, name: str, **kills: int) -> None:
    # Drawn from the seed that pytest-randomly prints, so that `-p randomly_seed=…` draws the same plan again.
    seed = random.getrandbits(32)
    plan = draw_plan(seed=seed, batch_units=BATCH_UNITS, **kills)
    print(f"seed {seed}: {plan}")  # noqa: T201  pytest shows it beside a failure
    started = time.monotonic()

    storm.run(plan)

    work = storm.list_work()
    figures = {
        "units": len(storm.accepted),
        **{f"{part}_kills": times for part, times in kills.items()},
        "attempts": sum(item.fence for item in work),
        "crashes_of_their_own": fleet.crashes,
        "seconds": round(time.monotonic() - started, 1),
    }
    publish_figures(name, figures)
    assert sorted(storm.list_effects()) == sorted(storm.accepted)
    assert {item.subject_id: item.state for item in work} == dict.fromkeys(storm.accepted, WorkState.DONE)
