"""Units of durable work a second: `python -m benchmarks.work_queue`.

The baseline is a bare loop in one process that claims, leaves a row and finishes, without Celery or Redis. Against it:
the same through real Celery workers, and through workers that are killed meanwhile, with their Redis. Rounds are
interleaved, and each figure is a median, since a shared machine changes its speed from minute to minute.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count, cycle, islice
from pathlib import Path
from statistics import median

from pydantic import SecretStr
from sqlmodel import select

from shared.log import configure_logging
from shared.migrations.runner import upgrade
from shared.outbox.tables import WorkItem, WorkState
from shared.resources import Resources, open_resources
from shared.settings import Settings
from tests.faults.counting_worker import COUNT, HANDLERS, add_counted
from tests.faults.effects import count_effects, create_effects
from tests.faults.fleet import Fleet
from tests.faults.plan import Part
from tests.fixtures.redis import RedisServer
from tests.fixtures.waiting import wait_until
from worker.task import perform

_PROJECT = "proj_benchmark"
_LONGEST_SECONDS = 600.0


@dataclass
class Bench:
    """A database, a Redis, and workers that are started where a measurement needs them."""

    resources: Resources
    redis: RedisServer
    fleet: Fleet
    units: int
    kills: int
    numbers: Iterator[int] = field(default_factory=count)

    def bare_loop(self) -> float:
        """Seconds for every unit in this process, one after the other, while nothing else runs."""
        self._accept()
        with self.resources.database.reading() as session:
            ready = list(session.exec(select(WorkItem.id).where(WorkItem.state == WorkState.READY)))
        began = time.monotonic()
        for work_id in ready:
            perform(self.resources, HANDLERS[COUNT], work_id)
        seconds = time.monotonic() - began
        # Bells were rung for units that are done by now; the workers should not have to answer them.
        self.redis.flush()
        return seconds

    def celery(self) -> float:
        """Seconds for every unit by the workers."""
        began = time.monotonic()
        self._wait_for(self._accept())
        return time.monotonic() - began

    def celery_with_kills(self) -> float:
        """The same while workers and Redis servers are killed in turn, evenly over the work."""
        began = time.monotonic()
        last = self._accept()
        for kill, part in zip(range(self.kills), cycle([Part.WORKER, Part.REDIS]), strict=False):
            self._wait_for(last - self.units + self.units * (kill + 1) // (self.kills + 1))
            self.fleet.kill(part)
        self._wait_for(last)
        return time.monotonic() - began

    def start_workers(self) -> None:
        self.fleet.start()
        wait_until(self.fleet.are_workers_ready, 60, what="both workers are ready")

    def _accept(self) -> int:
        """Add the units of one measurement; how many effects there are once all are done."""
        last = count_effects(self.resources.database) + self.units
        with self.resources.database.transaction() as session:
            for number in islice(self.numbers, self.units):
                add_counted(session, COUNT, project_id=_PROJECT, subject_id=f"unit-{number}")
        return last

    def _wait_for(self, effects: int) -> None:
        def are_there() -> bool:
            self.fleet.revive()
            return count_effects(self.resources.database) >= effects

        wait_until(are_there, _LONGEST_SECONDS, what=f"{effects} units are done")


@contextmanager
def open_bench(*, units: int, kills: int) -> Iterator[Bench]:
    """Everything in a temporary folder, on SQLite."""
    with tempfile.TemporaryDirectory(prefix="tunery-", dir="/tmp") as name:
        folder = Path(name)
        redis = RedisServer(folder)
        redis.start()
        settings = Settings(
            data_dir=folder,
            secret_key=SecretStr("a-secret-of-the-benchmark-and-of-nobody-else"),
            redis_url=redis.url,
            sqlite_synchronous="NORMAL",
            lease_seconds=3,
            hint_interval_seconds=1,
        )
        upgrade(settings)
        resources = open_resources(settings)
        create_effects(resources.database)
        yield Bench(resources, redis, Fleet(settings, redis, resources, folder / "logs"), units, kills)
        resources.close()
        redis.kill()


def measure(bench: Bench, rounds: int) -> dict[str, list[float]]:
    """Seconds of each way, round by round."""
    seconds: dict[str, list[float]] = {"bare loop, one process": []}
    workers, killed = "Celery, four processes", f"Celery, four processes, {bench.kills} kills"
    for _ in range(rounds):
        seconds["bare loop, one process"].append(bench.bare_loop())
        bench.start_workers()
        seconds.setdefault(workers, []).append(bench.celery())
        seconds.setdefault(killed, []).append(bench.celery_with_kills())
        bench.fleet.stop()
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.work_queue", description=__doc__)
    parser.add_argument("--units", type=int, default=1000, help="units in each measurement")
    parser.add_argument("--kills", type=int, default=6, help="processes killed during one measurement")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    configure_logging("ERROR")
    with open_bench(units=arguments.units, kills=arguments.kills) as bench:
        seconds = measure(bench, arguments.rounds)
        crashes = bench.fleet.crashes
    baseline = seconds["bare loop, one process"]
    for name, taken in seconds.items():
        ratio = median(base / own for base, own in zip(baseline, taken, strict=True))
        print(f"{name:38} {arguments.units / median(taken):7.0f} units/s  {ratio:5.2f} x bare loop")
    print(f"crashes that nobody caused: {crashes}")


if __name__ == "__main__":
    main()
