"""Writing down that something has to be done, in the transaction that makes it necessary."""

from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col

from shared import clock
from shared.db.session import Hint, announce, insert_ignoring_duplicates
from shared.ids import Prefix, new_id
from shared.outbox.tables import WorkItem, WorkState
from shared.tasks import Queue, Work, queue_of


def add_work(
    session: Session,
    *,
    kind: Work | str,
    project_id: str,
    subject_id: str,
    queue: Queue | None = None,
    due_at: float | None = None,
) -> None:
    """Add one unit of work, due now unless said otherwise. Asking again for the same subject changes nothing."""
    now = clock.now()
    row: dict[str, Any] = {
        "id": new_id(Prefix.WORK),
        "project_id": project_id,
        "kind": str(kind),
        "queue": str(queue or queue_of(kind)),
        "subject_id": subject_id,
        "state": WorkState.READY,
        "due_at": now if due_at is None else due_at,
        "fence": 0,
        "attempts": 0,
        # Rung right after the commit; the scheduler rings again when nobody has come within the hint interval.
        "published_at": now if due_at is None else None,
        "created_at": now,
    }
    if insert_ignoring_duplicates(session, WorkItem, [row]) and due_at is None:
        announce(session, Hint(row["queue"], row["kind"], row["id"]))


def withdraw_work(session: Session, *, kind: Work, project_id: str, subject_id: str) -> None:
    """Close a unit of work from outside. The fence moves, so whoever runs it now can no longer commit."""
    session.execute(
        update(WorkItem)
        .where(
            col(WorkItem.project_id) == project_id,
            col(WorkItem.kind) == str(kind),
            col(WorkItem.subject_id) == subject_id,
            col(WorkItem.state).in_([WorkState.READY, WorkState.RUNNING]),
        )
        .values(state=WorkState.DONE, fence=WorkItem.fence + 1, lease_until=None, finished_at=clock.now())
    )
