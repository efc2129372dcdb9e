"""Accepting work while its workers, its Redis and its scheduler are killed in turn."""

from collections.abc import Callable

from sqlmodel import col, select

from shared.outbox.tables import WorkItem, WorkState
from shared.resources import Resources
from tests.faults.counting_worker import FOLLOWER, SPREAD, add_counted
from tests.faults.effects import count_effects, list_effects
from tests.faults.fleet import Fleet
from tests.faults.plan import Strike
from tests.fixtures.waiting import wait_until

BATCH_UNITS = 80
"Accepted before each kill, half of them as followers that the first half asks for."


class Storm:
    """Nothing here waits for time: each kill waits for its victim to be at work and for some units to be done."""

    def __init__(self, fleet: Fleet, resources: Resources, project_id: str) -> None:
        self.accepted: list[str] = []
        self._fleet = fleet
        self._resources = resources
        self._project_id = project_id

    def run(self, plan: list[Strike]) -> None:
        """Kill by plan, then wait until nothing is left to do."""
        self._fleet.start()
        for strike in plan:
            self._strike(strike)
        self._wait(lambda: not self._has_open_work(), what="all accepted work is settled")

    def accept(self, kind: str, subject_ids: list[str]) -> None:
        """Add units of work."""
        with self._resources.database.transaction() as session:
            for subject_id in subject_ids:
                add_counted(session, kind, project_id=self._project_id, subject_id=subject_id)
        self.accepted += subject_ids

    def list_effects(self) -> list[str]:
        return list_effects(self._resources.database)

    def list_work(self) -> list[WorkItem]:
        with self._resources.database.reading() as session:
            return list(session.exec(select(WorkItem)))

    def _strike(self, strike: Strike) -> None:
        self._wait(lambda: self._fleet.is_exposed(strike.part), what=f"a {strike.part} is there to be killed")
        goal = count_effects(self._resources.database) + strike.after_units
        self._accept_batch()
        self._wait(lambda: count_effects(self._resources.database) >= goal, what=f"{goal} units are done")
        self._fleet.kill(strike.part)

    def _accept_batch(self) -> None:
        numbers = range(len(self.accepted), len(self.accepted) + BATCH_UNITS // 2)
        batch = [f"unit-{number}" for number in numbers]
        self.accept(SPREAD, batch)
        self.accepted += [f"{subject_id}{FOLLOWER}" for subject_id in batch]

    def _has_open_work(self) -> bool:
        unsettled = select(WorkItem.id).where(col(WorkItem.state).in_([WorkState.READY, WorkState.RUNNING]))
        with self._resources.database.reading() as session:
            return session.exec(unsettled.limit(1)).first() is not None

    def _wait(self, condition: Callable[[], bool], *, what: str) -> None:
        def holds() -> bool:
            self._fleet.revive()
            return condition()

        wait_until(holds, timeout=60, what=what)
