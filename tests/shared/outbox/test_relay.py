"""The scheduler's statements: who may act, what is freed, what is announced, what is forgotten."""

from collections.abc import Callable
from functools import partial

import pytest

from shared import clock
from shared.db.session import Database, Hint
from shared.outbox.claim import bury_claim, finish_claim
from shared.outbox.relay import forget_done_system, free_expired_system, hold_lease_system, take_due_hints_system
from shared.outbox.tables import WorkItem, WorkState
from shared.tasks import Queue, Work
from tests.fixtures.together import run_together
from tests.shared.outbox.conftest import Claimer, WorkMaker

Reload = Callable[[WorkItem], WorkItem]


def hold(database: Database, holder: str, *, seconds: float = 60, name: str = "ticker") -> bool:
    with database.transaction() as session:
        return hold_lease_system(session, name=name, holder=holder, seconds=seconds)


def take_hints(database: Database, *, limit: int = 100, interval_seconds: float = 60) -> list[Hint]:
    with database.transaction() as session:
        return take_due_hints_system(session, queue=Queue.DATA, limit=limit, hint_interval_seconds=interval_seconds)


def free(database: Database) -> int:
    with database.transaction() as session:
        return free_expired_system(session)


def forget(database: Database, *, older_than_seconds: float) -> int:
    with database.transaction() as session:
        return forget_done_system(session, older_than_seconds=older_than_seconds)


class TestHoldingALease:
    def test_the_first_gets_it(self, database: Database) -> None:
        """A lease that nobody has ever held is free."""
        assert hold(database, "one")

    def test_a_second_holder_waits(self, database: Database) -> None:
        """While one process holds the lease, no other gets it."""
        hold(database, "one")

        assert not hold(database, "two")

    def test_the_holder_keeps_it(self, database: Database) -> None:
        """The holder may renew its lease as often as it likes."""
        hold(database, "one", seconds=-1)

        assert hold(database, "one")
        assert not hold(database, "two")

    def test_a_silent_holder_loses_it(self, database: Database) -> None:
        """Once a lease has run out somebody else takes it, and the former holder has to wait."""
        hold(database, "one", seconds=-1)

        assert hold(database, "two")
        assert not hold(database, "one")

    def test_leases_of_different_names_do_not_meet(self, database: Database) -> None:
        """Holding one lease says nothing about another."""
        hold(database, "one")

        assert hold(database, "two", name="other")

    @pytest.mark.parametrize("was_held", [False, True], ids=["new", "run-out"])
    def test_one_of_many_wins(self, database: Database, was_held: bool) -> None:
        """Of eight processes that reach for a free lease at the same moment, one gets it."""
        if was_held:
            hold(database, "before", seconds=-1)

        winners = run_together([partial(hold, database, f"process {number}") for number in range(8)])

        assert winners.count(True) == 1


class TestFreeingExpired:
    def test_work_of_a_silent_worker_is_ready_again(
        self, database: Database, add: WorkMaker, claim: Claimer, reload: Reload
    ) -> None:
        """Work whose lease has run out becomes ready, to be announced at once, its attempts still counted."""
        work = add()
        take_hints(database)
        claim(work, lease_seconds=-1)

        freed = free(database)

        found = reload(work)
        assert (freed, found.state, found.attempts) == (1, WorkState.READY, 1)
        assert [hint.work_id for hint in take_hints(database)] == [work.id]

    def test_work_in_hand_stays_in_hand(
        self, database: Database, add: WorkMaker, claim: Claimer, reload: Reload
    ) -> None:
        """A worker that renews its lease is left alone."""
        work = add()
        claim(work)

        assert free(database) == 0
        assert reload(work).state == WorkState.RUNNING


class TestAnnouncing:
    def test_due_work_is_announced(self, database: Database, add: WorkMaker) -> None:
        """Work that is due is announced by queue, kind and row."""
        work = add(due_at=0.0)

        assert take_hints(database) == [Hint("data", Work.VALIDATE_JOB, work.id)]

    def test_work_is_not_announced_twice_in_a_row(self, database: Database, add: WorkMaker) -> None:
        """Work that was announced lately is given time to be claimed."""
        add(due_at=0.0)
        take_hints(database)

        assert take_hints(database) == []

    def test_work_just_asked_for_has_been_announced(self, database: Database, add: WorkMaker) -> None:
        """Whoever asks for work rings its bell; the scheduler rings again only when nobody has come."""
        work = add()

        assert take_hints(database) == []
        assert [hint.work_id for hint in take_hints(database, interval_seconds=-1)] == [work.id]

    def test_lost_hints_are_replaced(self, database: Database, add: WorkMaker) -> None:
        """Work that nobody claimed within the interval is announced again: hints may be lost."""
        work = add(due_at=0.0)
        take_hints(database)

        again = take_hints(database, interval_seconds=-1)

        assert [hint.work_id for hint in again] == [work.id]

    def test_work_put_off_is_announced_when_due(self, database: Database, add: WorkMaker) -> None:
        """Work that is due later is not announced before."""
        add(due_at=clock.now() + 60)

        assert take_hints(database) == []

    def test_work_in_hand_is_not_announced(self, database: Database, add: WorkMaker, claim: Claimer) -> None:
        """Work that somebody holds is not announced."""
        claim(add())

        assert take_hints(database) == []

    def test_work_of_other_queues_is_not_announced(self, database: Database, add: WorkMaker) -> None:
        """Each queue is announced on its own."""
        add(kind=Work.TRAIN_JOB)

        assert take_hints(database) == []

    def test_the_oldest_come_first(self, database: Database, add: WorkMaker) -> None:
        """When there is more work than room, what has been due longest is announced."""
        units = [add(f"subject-{due}", due_at=float(due)) for due in (5, 1, 4, 2, 3)]

        announced = take_hints(database, limit=2)

        assert {hint.work_id for hint in announced} == {units[1].id, units[3].id}

    def test_two_schedulers_at_once_share_the_work(self, database: Database, add: WorkMaker) -> None:
        """Two schedulers acting at once announce every unit; a unit announced twice would do no harm."""
        ids = {add(f"subject-{number}", due_at=0.0).id for number in range(20)}

        answers = run_together([lambda: take_hints(database)] * 2)

        assert {hint.work_id for hints in answers for hint in hints} == ids


class TestForgetting:
    def test_done_work_is_forgotten_after_a_while(self, database: Database, add: WorkMaker, claim: Claimer) -> None:
        """Only work that was finished longer ago than asked is deleted."""
        taken = claim(add())
        assert taken is not None
        with database.transaction() as session:
            finish_claim(session, taken)

        assert forget(database, older_than_seconds=60) == 0
        assert forget(database, older_than_seconds=-1) == 1

    def test_work_given_up_stays_for_the_operator(self, database: Database, add: WorkMaker, claim: Claimer) -> None:
        """Work that was given up is kept until somebody has looked at it."""
        taken = claim(add())
        assert taken is not None
        with database.transaction() as session:
            bury_claim(session, taken, error="no use")

        assert forget(database, older_than_seconds=-1) == 0

    def test_open_work_is_never_forgotten(self, database: Database, add: WorkMaker, claim: Claimer) -> None:
        """Work that is waiting or in hand is never deleted, however old."""
        claim(add("in hand"))
        add("waiting", due_at=0.0)

        assert forget(database, older_than_seconds=-1) == 0
