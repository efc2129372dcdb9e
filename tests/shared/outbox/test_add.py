"""Asking for work, and taking it back."""

from collections.abc import Callable

import pytest
from sqlmodel import select

from shared import clock
from shared.db.session import Database, Hint
from shared.outbox.add import add_work, withdraw_work
from shared.outbox.claim import Claim, ClaimLostError, finish_claim
from shared.outbox.tables import WorkItem, WorkState
from shared.tasks import Queue, Work, queue_of
from tests.fixtures.together import run_together
from tests.shared.outbox.conftest import PROJECT, Claimer, WorkMaker


def ask(database: Database, *, kind: Work | str = Work.VALIDATE_JOB, queue: Queue | None = None) -> None:
    with database.transaction() as session:
        add_work(session, kind=kind, project_id=PROJECT, subject_id="subject", queue=queue)


def withdraw(database: Database, *, project_id: str = PROJECT) -> None:
    with database.transaction() as session:
        withdraw_work(session, kind=Work.VALIDATE_JOB, project_id=project_id, subject_id="subject")


def all_work(database: Database) -> list[WorkItem]:
    with database.reading() as session:
        return list(session.exec(select(WorkItem)))


class TestAdding:
    def test_makes_a_unit_that_is_due(self, add: WorkMaker) -> None:
        """Work asked for is a row that is ready, due, and that nobody has tried."""
        work = add()

        assert (work.state, work.fence, work.attempts) == (WorkState.READY, 0, 0)
        assert work.due_at <= clock.now()

    @pytest.mark.parametrize("kind", Work)
    def test_rings_the_queue_of_its_kind(self, database: Database, rung: list[Hint], kind: Work) -> None:
        """Every kind of work has a queue, and its hint names queue, kind and row."""
        ask(database, kind=kind)

        assert rung == [Hint(queue_of(kind), kind, all_work(database)[0].id)]

    def test_may_name_kind_and_queue(self, database: Database, rung: list[Hint]) -> None:
        """A kind of work that the service does not know goes to the queue it names."""
        ask(database, kind="bench.count", queue=Queue.DATA)

        assert [(hint.queue, hint.kind) for hint in rung] == [("data", "bench.count")]

    def test_rings_no_bell_for_later(self, add: WorkMaker, rung: list[Hint]) -> None:
        """Work that is due later is announced by the scheduler, not at once."""
        add(due_at=clock.now() + 60)

        assert rung == []

    def test_the_same_work_is_asked_for_once(self, database: Database, rung: list[Hint]) -> None:
        """Asking again for the same work makes no second unit and rings no second bell."""
        ask(database)
        ask(database)

        assert len(all_work(database)) == len(rung) == 1

    def test_twins_at_the_same_moment_make_one_unit(self, database: Database, rung: list[Hint]) -> None:
        """Requests for the same work at the same moment make one unit."""
        run_together([lambda: ask(database)] * 6)

        assert len(all_work(database)) == len(rung) == 1

    def test_finished_work_is_not_begun_again(self, database: Database, add: WorkMaker, claim: Claimer) -> None:
        """Asking for work that is done changes nothing."""
        taken = claim(add())
        assert taken is not None
        with database.transaction() as session:
            finish_claim(session, taken)

        ask(database)

        assert [work.state for work in all_work(database)] == [WorkState.DONE]


class TestWithdrawing:
    def test_waiting_work_is_closed(self, database: Database, add: WorkMaker, claim: Claimer) -> None:
        """Withdrawn work cannot be claimed any more."""
        work = add()

        withdraw(database)

        assert claim(work) is None
        assert all_work(database)[0].finished_at is not None

    def test_a_worker_at_it_can_no_longer_commit(self, database: Database, add: WorkMaker, claim: Claimer) -> None:
        """Whoever works on withdrawn work can record nothing of it."""
        taken = claim(add())
        assert taken is not None

        withdraw(database)

        with pytest.raises(ClaimLostError):
            settle(database, taken)

    def test_work_of_another_project_stays(self, database: Database, add: WorkMaker, claim: Claimer) -> None:
        """Nobody can withdraw the work of another project."""
        work = add()

        withdraw(database, project_id="proj_2")

        assert claim(work) is not None

    def test_finished_work_keeps_its_end(
        self, database: Database, add: WorkMaker, claim: Claimer, reload: Callable[[WorkItem], WorkItem]
    ) -> None:
        """Withdrawing work that is done changes nothing."""
        work = add()
        taken = claim(work)
        assert taken is not None
        settle(database, taken)
        before = reload(work)

        withdraw(database)

        assert reload(work) == before


def settle(database: Database, taken: Claim) -> None:
    with database.transaction() as session:
        finish_claim(session, taken)
