"""Units of work to claim, and two ways of looking at them."""

from collections.abc import Callable

import pytest
from sqlmodel import select

from shared.db.session import Database
from shared.outbox.add import add_work
from shared.outbox.claim import Claim, claim_work
from shared.outbox.tables import WorkItem
from shared.tasks import Work

PROJECT = "proj_1"
WorkMaker = Callable[..., WorkItem]
Claimer = Callable[..., Claim | None]


@pytest.fixture
def add(database: Database) -> WorkMaker:
    """Add a unit of work and return its row."""

    def make(subject_id: str = "subject", *, kind: Work = Work.VALIDATE_JOB, due_at: float | None = None) -> WorkItem:
        with database.transaction() as session:
            add_work(session, kind=kind, project_id=PROJECT, subject_id=subject_id, due_at=due_at)
        with database.reading() as session:
            return session.exec(select(WorkItem).where(WorkItem.subject_id == subject_id, WorkItem.kind == kind)).one()

    return make


@pytest.fixture
def claim(database: Database) -> Claimer:
    """Claim a unit in a transaction of its own. A lease of -1 seconds has already run out."""

    def take(work: WorkItem, *, lease_seconds: float = 60) -> Claim | None:
        with database.transaction() as session:
            return claim_work(session, work.id, lease_seconds=lease_seconds)

    return take


@pytest.fixture
def reload(database: Database) -> Callable[[WorkItem], WorkItem]:
    """The row as it is now."""

    def find(work: WorkItem) -> WorkItem:
        with database.reading() as session:
            return session.exec(select(WorkItem).where(WorkItem.id == work.id)).one()

    return find
