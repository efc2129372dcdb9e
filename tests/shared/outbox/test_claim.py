"""Claims: one worker at a time, and whoever was replaced changes nothing."""

from collections.abc import Callable
from functools import partial

import pytest
from sqlmodel import Session, select

from shared import clock
from shared.db.session import Database
from shared.outbox.claim import Claim, ClaimLostError, bury_claim, defer_claim, finish_claim, renew_claim
from shared.outbox.tables import NamedLease, WorkItem, WorkState
from shared.tasks import Work
from tests.fixtures.together import run_together
from tests.shared.outbox.conftest import PROJECT, Claimer, WorkMaker

Reload = Callable[[WorkItem], WorkItem]
Settling = Callable[[Session, Claim], None]

SETTLINGS: dict[str, Settling] = {
    "finish": finish_claim,
    "renew": partial(renew_claim, lease_seconds=60),
    "progress": partial(renew_claim, lease_seconds=60, progressed=True),
    "defer": partial(defer_claim, due_at=0.0),
    "bury": partial(bury_claim, error="no use"),
}
every_settling = pytest.mark.parametrize("settle", SETTLINGS.values(), ids=SETTLINGS.keys())


def taken_by(claim: Claimer, work: WorkItem, *, lease_seconds: float = 60) -> Claim:
    taken = claim(work, lease_seconds=lease_seconds)
    assert taken is not None, "nothing was there to claim"
    return taken


def settle_with_effect(database: Database, settle: Settling, taken: Claim) -> None:
    """Settle a claim in one transaction with an effect that must share its fate."""
    with database.transaction() as session:
        session.add(NamedLease(name="effect", holder="me", until=0.0))
        session.flush()
        settle(session, taken)


def count_effects(database: Database) -> int:
    with database.reading() as session:
        return len(session.exec(select(NamedLease)).all())


class TestClaiming:
    def test_tells_what_to_work_on(self, add: WorkMaker, claim: Claimer) -> None:
        """A claim names the work, its project and subject, and counts the attempt."""
        work = add()

        taken = claim(work)

        assert taken == Claim(work.id, PROJECT, Work.VALIDATE_JOB, "subject", fence=1, attempts=1)

    def test_work_in_hand_is_not_to_be_had(self, add: WorkMaker, claim: Claimer) -> None:
        """While one worker's lease lasts, another gets nothing."""
        work = add()
        claim(work)

        assert claim(work) is None

    def test_work_due_later_is_not_to_be_had(self, add: WorkMaker, claim: Claimer) -> None:
        """A hint that comes before its time finds nothing to claim."""
        assert claim(add(due_at=clock.now() + 60)) is None

    def test_unknown_work_is_not_to_be_had(self, add: WorkMaker, claim: Claimer) -> None:
        """A hint of work that no longer exists finds nothing to claim."""
        work = add()
        work.id = "work_gone"

        assert claim(work) is None

    @pytest.mark.parametrize("settle", [finish_claim, partial(bury_claim, error="no use")], ids=["done", "dead"])
    def test_work_that_ended_is_not_to_be_had(
        self, database: Database, add: WorkMaker, claim: Claimer, settle: Settling
    ) -> None:
        """A second hint of work that is done or given up finds nothing to claim."""
        work = add()
        settle_with_effect(database, settle, taken_by(claim, work))

        assert claim(work) is None

    def test_a_silent_worker_is_replaced(self, add: WorkMaker, claim: Claimer) -> None:
        """Once a lease has run out the next worker gets the work, with a higher fence and the attempts counted."""
        work = add()
        claim(work, lease_seconds=-1)

        taken = taken_by(claim, work)

        assert (taken.fence, taken.attempts) == (2, 2)

    def test_one_of_many_wins(self, add: WorkMaker, claim: Claimer) -> None:
        """Of eight workers that reach for the same work at the same moment, one gets it, every time."""
        wins = []
        for number in range(5):
            work = add(f"subject-{number}")
            takers = run_together([partial(claim, work)] * 8)
            wins.append(sum(taken is not None for taken in takers))

        assert wins == [1] * 5

    def test_one_of_many_replaces_a_silent_worker(self, add: WorkMaker, claim: Claimer) -> None:
        """Of eight workers that reach for the work of a silent one, one gets it."""
        work = add()
        claim(work, lease_seconds=-1)

        takers = run_together([partial(claim, work)] * 8)

        assert [taken.fence for taken in takers if taken is not None] == [2]


class TestFence:
    @every_settling
    def test_a_holder_settles(self, database: Database, add: WorkMaker, claim: Claimer, settle: Settling) -> None:
        """Whoever holds the work records its outcome and its effect together."""
        settle_with_effect(database, settle, taken_by(claim, add()))

        assert count_effects(database) == 1

    @every_settling
    def test_a_replaced_worker_changes_nothing(
        self, database: Database, add: WorkMaker, claim: Claimer, settle: Settling, reload: Reload
    ) -> None:
        """A worker whose work was taken over can record nothing, neither outcome nor effect."""
        work = add()
        replaced = taken_by(claim, work, lease_seconds=-1)
        claim(work)
        before = reload(work)

        with pytest.raises(ClaimLostError, match="fence 1"):
            settle_with_effect(database, settle, replaced)

        assert count_effects(database) == 0
        assert reload(work) == before

    @every_settling
    def test_an_outcome_is_recorded_once(
        self, database: Database, add: WorkMaker, claim: Claimer, settle: Settling
    ) -> None:
        """Work that is done stays done, whatever its worker says afterwards."""
        taken = taken_by(claim, add())
        with database.transaction() as session:
            finish_claim(session, taken)

        with pytest.raises(ClaimLostError):
            settle_with_effect(database, settle, taken)

    def test_a_late_worker_that_nobody_replaced_may_settle(
        self, database: Database, add: WorkMaker, claim: Claimer, reload: Reload
    ) -> None:
        """A lease that ran out harms nothing as long as nobody has taken the work over."""
        work = add()
        taken = taken_by(claim, work, lease_seconds=-1)

        settle_with_effect(database, finish_claim, taken)

        assert reload(work).state == WorkState.DONE


class TestRenewing:
    def test_keeps_others_away(self, database: Database, add: WorkMaker, claim: Claimer) -> None:
        """A worker that renews its lease keeps its work."""
        work = add()
        taken = taken_by(claim, work, lease_seconds=-1)

        with database.transaction() as session:
            renew_claim(session, taken, lease_seconds=60)

        assert claim(work) is None

    @pytest.mark.parametrize(("progressed", "attempts"), [(False, 4), (True, 2)])
    def test_progress_forgets_earlier_attempts(
        self, database: Database, add: WorkMaker, claim: Claimer, progressed: bool, attempts: int
    ) -> None:
        """Attempts are counted from the last progress on: a long job may survive any number of crashes."""
        work = add()
        claim(work, lease_seconds=-1)
        claim(work, lease_seconds=-1)
        taken = taken_by(claim, work)

        with database.transaction() as session:
            renew_claim(session, taken, lease_seconds=-1, progressed=progressed)

        assert taken_by(claim, work).attempts == attempts


class TestDeferring:
    def test_gives_the_work_back_for_later(
        self, database: Database, add: WorkMaker, claim: Claimer, reload: Reload
    ) -> None:
        """Work that was put off waits for its new time, with the reason beside it."""
        work, due_at = add(), clock.now() + 60
        taken = taken_by(claim, work)

        with database.transaction() as session:
            defer_claim(session, taken, due_at=due_at, error="receiver is away")

        found = reload(work)
        assert (found.state, found.due_at, found.last_error) == (WorkState.READY, due_at, "receiver is away")
        assert claim(work) is None

    @pytest.mark.parametrize(("blameless", "attempts"), [(False, 2), (True, 1)])
    def test_a_blameless_wait_is_no_attempt(
        self, database: Database, add: WorkMaker, claim: Claimer, blameless: bool, attempts: int
    ) -> None:
        """Waiting for somebody else does not bring work closer to being given up."""
        work = add()
        taken = taken_by(claim, work)

        with database.transaction() as session:
            defer_claim(session, taken, due_at=0.0, blameless=blameless)

        assert taken_by(claim, work).attempts == attempts

    def test_long_errors_are_cut(self, database: Database, add: WorkMaker, claim: Claimer, reload: Reload) -> None:
        """The text of an error never grows past its column."""
        work = add()
        taken = taken_by(claim, work)

        with database.transaction() as session:
            defer_claim(session, taken, due_at=0.0, error="e" * 5000)

        assert reload(work).last_error == "e" * 500


class TestBurying:
    def test_keeps_the_reason(self, database: Database, add: WorkMaker, claim: Claimer, reload: Reload) -> None:
        """Work that was given up is found by its state, with the reason beside it."""
        work = add()
        taken = taken_by(claim, work)

        with database.transaction() as session:
            bury_claim(session, taken, error="e" * 5000)

        found = reload(work)
        assert (found.state, found.last_error) == (WorkState.DEAD, "e" * 500)
        assert found.finished_at is not None
