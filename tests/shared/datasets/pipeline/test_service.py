"""How stretches are handed out, and that exactly one of them is the last."""

import threading

import pytest
from sqlmodel import col, select

from shared.datasets.pipeline import service
from shared.datasets.pipeline.question import Question
from shared.datasets.pipeline.reading import Part
from shared.datasets.pipeline.tables import DatasetCheck, DatasetStretch, Role
from shared.db.session import Database
from shared.outbox.tables import WorkItem
from shared.tasks import Work
from tests.factories.rows import add_file
from tests.fixtures.database import Tenant

QUESTION = Question(model="gpt-4o", method="supervised", target="openai")
PARTS = [Part(number, Role.TRAINING, start=number * 10, end=number * 10 + 10) for number in range(6)]


@pytest.fixture
def check(database: Database, tenant: Tenant) -> DatasetCheck:
    """A check cut into six stretches, two of them at work."""
    with database.transaction() as session:
        check = service.start_check(session, add_file(session, tenant.project_id), QUESTION)
        service.begin_stretches(session, check, PARTS, at_once=2)
    return check


def list_stretches(database: Database, check: DatasetCheck) -> list[DatasetStretch]:
    statement = select(DatasetStretch).where(DatasetStretch.check_id == check.id).order_by(col(DatasetStretch.number))
    with database.reading() as session:
        return list(session.exec(statement))


def count_work(database: Database, kind: Work) -> int:
    with database.reading() as session:
        return len(session.exec(select(WorkItem).where(WorkItem.kind == kind)).all())


def end(database: Database, stretch: DatasetStretch) -> None:
    with database.transaction() as session:
        service.end_stretch(session, stretch, n_bytes=10, n_rows=1)


class TestStretches:
    def test_some_at_a_time_have_their_turn(self, database: Database, check: DatasetCheck) -> None:
        """As many stretches as the setting says are asked for, and one more for each that ends."""
        at_first = count_work(database, Work.CHECK_STRETCH)
        end(database, list_stretches(database, check)[0])

        assert (at_first, count_work(database, Work.CHECK_STRETCH)) == (2, 3)

    def test_that_end_twice_count_once(self, database: Database, check: DatasetCheck) -> None:
        """A stretch that two workers have read is one stretch fewer to read, not two."""
        first, *others = list_stretches(database, check)
        for stretch in (first, first, *others[:-1]):
            end(database, stretch)

        assert count_work(database, Work.CONCLUDE_CHECK) == 0
        end(database, others[-1])
        assert count_work(database, Work.CONCLUDE_CHECK) == 1

    def test_that_end_at_once_have_one_last(self, database: Database, check: DatasetCheck) -> None:
        """Of stretches that end in the same moment one has the check concluded: not none, and not two."""
        barrier = threading.Barrier(len(PARTS))

        def end_together(stretch: DatasetStretch) -> None:
            barrier.wait()
            end(database, stretch)

        threads = [
            threading.Thread(target=end_together, args=(stretch,)) for stretch in list_stretches(database, check)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert count_work(database, Work.CONCLUDE_CHECK) == 1

    def test_are_cut_once(self, database: Database, check: DatasetCheck) -> None:
        """A check that two workers have cut has its stretches once."""
        with database.transaction() as session:
            service.begin_stretches(session, check, PARTS, at_once=2)

        assert [stretch.number for stretch in list_stretches(database, check)] == list(range(6))

    def test_tell_how_far_the_check_is(self, database: Database, check: DatasetCheck) -> None:
        """Progress is what has been read of all stretches, those under way included."""
        first, second, *_ = list_stretches(database, check)
        end(database, first)
        with database.transaction() as session:
            service.note_stretch_progress(session, second, n_bytes=4, n_rows=2)

        with database.reading() as session:
            progress = service.measure_progress(session, check)

        assert (progress.bytes_done, progress.rows_done) == (14, 3)
