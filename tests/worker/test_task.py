"""The shape of a task: claim, work, commit under the fence; attempts are counted and end."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import pytest
from sqlmodel import Session, select

from shared import clock
from shared.db.session import Database
from shared.outbox.add import add_work, withdraw_work
from shared.outbox.claim import Claim, claim_work
from shared.outbox.tables import NamedLease, WorkItem, WorkState
from shared.resources import Resources
from shared.tasks import Work
from tests.fixtures.together import run_together
from worker.task import Handler, perform
from worker.unit import WorkUnit

PROJECT = "proj_1"
KIND = Work.VALIDATE_JOB


@dataclass
class Recorder:
    """A kind of work whose effect is a row, and which does what a test tells it in the middle."""

    in_the_middle: Callable[[WorkUnit], None] = lambda _unit: None
    runs: list[int] = field(default_factory=list)
    "The attempt of each run."
    reasons: list[str] = field(default_factory=list)
    "Why it was given up."

    @property
    def handler(self) -> Handler:
        return Handler(run=self._run, give_up=self._give_up)

    def _run(self, unit: WorkUnit) -> None:
        self.runs.append(unit.claim.attempts)
        self.in_the_middle(unit)
        with unit.finishing() as session:
            session.add(NamedLease(name="effect", holder="me", until=0.0))

    def _give_up(self, session: Session, _claim: Claim, reason: str) -> None:
        self.reasons.append(reason)
        session.add(NamedLease(name="given up", holder="me", until=0.0))


def fail(_unit: WorkUnit, *, message: str = "out of luck") -> None:
    raise RuntimeError(message)


def fail_after_progress(unit: WorkUnit) -> None:
    with unit.progressing():
        pass
    raise RuntimeError


def withdraw(unit: WorkUnit) -> None:
    with unit.database.transaction() as session:
        withdraw_work(session, kind=KIND, project_id=PROJECT, subject_id="subject")


@pytest.fixture
def work(database: Database) -> WorkItem:
    with database.transaction() as session:
        add_work(session, kind=KIND, project_id=PROJECT, subject_id="subject")
    with database.reading() as session:
        return session.exec(select(WorkItem)).one()


def reload(database: Database) -> WorkItem:
    with database.reading() as session:
        return session.exec(select(WorkItem)).one()


def effects(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.exec(select(NamedLease.name)))


def make_due(database: Database) -> None:
    """Let the pause after a failed attempt pass."""
    with database.transaction() as session:
        row = session.exec(select(WorkItem)).one()
        row.due_at = 0.0
        session.add(row)


def die(database: Database, work: WorkItem) -> None:
    """Claim as a worker that is killed at once: it never says another word, and its lease runs out."""
    with database.transaction() as session:
        claim_work(session, work.id, lease_seconds=-1)


class TestPerforming:
    def test_does_the_work_once(self, resources: Resources, database: Database, work: WorkItem) -> None:
        """However many hints arrive, the work is done once."""
        recorder = Recorder()

        for _ in range(3):
            perform(resources, recorder.handler, work.id)

        assert recorder.runs == [1]
        assert effects(database) == ["effect"]
        assert reload(database).state == WorkState.DONE

    def test_hints_at_the_same_moment_do_it_once(
        self, resources: Resources, database: Database, work: WorkItem
    ) -> None:
        """Workers that get the same hint at the same moment do the work once."""
        recorder = Recorder()

        run_together([partial(perform, resources, recorder.handler, work.id)] * 6)

        assert recorder.runs == [1]
        assert effects(database) == ["effect"]

    def test_a_hint_without_work_is_no_error(self, resources: Resources, database: Database) -> None:
        """A hint of work that is not there is quietly forgotten."""
        recorder = Recorder()

        perform(resources, recorder.handler, "work_gone")

        assert recorder.runs == []
        assert effects(database) == []


class TestLosingTheClaim:
    def test_work_withdrawn_in_the_middle_changes_nothing(
        self, resources: Resources, database: Database, work: WorkItem
    ) -> None:
        """A worker whose work was withdrawn throws its result away and goes on with other work."""
        perform(resources, Recorder(withdraw).handler, work.id)

        assert effects(database) == []
        assert reload(database).state == WorkState.DONE

    def test_a_replaced_worker_changes_nothing(self, resources: Resources, database: Database, work: WorkItem) -> None:
        """When a worker is taken for dead and replaced, only its successor's result counts."""
        successor = Recorder()

        def be_replaced(unit: WorkUnit) -> None:
            with unit.database.transaction() as session:
                row = session.exec(select(WorkItem)).one()
                row.lease_until = 0.0
                session.add(row)
            perform(resources, successor.handler, work.id)

        perform(resources, Recorder(be_replaced).handler, work.id)

        assert successor.runs == [2]
        assert effects(database) == ["effect"]


class TestFailing:
    def test_is_tried_again_later(self, resources: Resources, database: Database, work: WorkItem) -> None:
        """A failed attempt leaves no effect, and the work waits with the reason beside it."""
        perform(resources, Recorder(fail).handler, work.id)

        found = reload(database)
        assert effects(database) == []
        assert (found.state, found.last_error) == (WorkState.READY, "RuntimeError: out of luck")
        assert found.due_at > clock.now() - 1

    def test_pauses_grow(self, resources: Resources, database: Database, work: WorkItem) -> None:
        """The pause doubles with every failed attempt."""
        pauses = []
        for _ in range(4):
            make_due(database)
            before = clock.now()
            perform(resources, Recorder(fail).handler, work.id)
            pauses.append(reload(database).due_at - before)

        assert pauses == [pytest.approx(seconds, abs=0.9) for seconds in (1, 2, 4, 8)]

    def test_succeeds_in_the_end(self, resources: Resources, database: Database, work: WorkItem) -> None:
        """Work that fails at first and then succeeds is done, once."""
        perform(resources, Recorder(fail).handler, work.id)
        make_due(database)

        perform(resources, Recorder().handler, work.id)

        assert effects(database) == ["effect"]

    def test_tells_no_secrets(self, resources: Resources, database: Database, work: WorkItem) -> None:
        """Keys quoted in an error are masked before it is kept."""
        quoting = partial(fail, message="refused for whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

        perform(resources, Recorder(quoting).handler, work.id)

        assert reload(database).last_error == "RuntimeError: refused for [masked]"

    @pytest.mark.parametrize("message", ["nul \x00", "half a pair \ud800", "e" * 5000])
    def test_keeps_any_error(self, resources: Resources, database: Database, work: WorkItem, message: str) -> None:
        """Whatever text an error has, the attempt is recorded."""
        perform(resources, Recorder(partial(fail, message=message)).handler, work.id)

        found = reload(database)
        assert found.state == WorkState.READY
        assert (found.last_error or "").startswith(f"RuntimeError: {message[:3]}")


class TestGivingUp:
    def test_after_the_last_attempt(self, resources: Resources, database: Database, work: WorkItem) -> None:
        """Work that fails every time is given up after the configured attempts, and its domain is told why."""
        recorder = Recorder(fail)
        for _ in range(resources.settings.max_attempts):
            make_due(database)
            perform(resources, recorder.handler, work.id)

        assert recorder.runs == [1, 2, 3, 4, 5]
        assert recorder.reasons == ["RuntimeError: out of luck"]
        assert effects(database) == ["given up"]
        assert reload(database).state == WorkState.DEAD

    def test_when_its_workers_die(self, resources: Resources, database: Database, work: WorkItem) -> None:
        """Work that kills every worker it is given to is given up without being tried again."""
        recorder = Recorder()
        for _ in range(resources.settings.max_attempts):
            die(database, work)

        perform(resources, recorder.handler, work.id)

        assert recorder.runs == []
        assert recorder.reasons == ["its workers died each time it was tried"]
        assert reload(database).state == WorkState.DEAD

    def test_not_while_there_is_progress(self, resources: Resources, database: Database, work: WorkItem) -> None:
        """Work that got further in its last attempt is tried again, however often it failed before."""
        for _ in range(resources.settings.max_attempts - 1):
            die(database, work)

        perform(resources, Recorder(fail_after_progress).handler, work.id)

        assert reload(database).state == WorkState.READY


class TestKeepingAlive:
    def test_a_busy_worker_keeps_its_work(self, resources: Resources, database: Database, work: WorkItem) -> None:
        """A worker that says it is alive while it works is not replaced when its first lease would have ended."""
        leases: list[float | None] = []

        def outlast_the_lease(unit: WorkUnit) -> None:
            unit._renew_at = 0.0
            for _ in range(3):
                leases.append(reload(database).lease_until)
                unit.keep_alive()

        perform(resources, Recorder(outlast_the_lease).handler, work.id)

        first, second, third = leases
        assert first != second
        assert second == third
