"""Writing down that something has to be done, in the transaction that makes it necessary."""

from typing import Any

from sqlalchemy import case, select, update
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
) -> bool:
    """Add one unit of work, due now unless said otherwise; whether it is new.

    Asking again for the same subject changes nothing.
    """
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
    is_new = insert_ignoring_duplicates(session, WorkItem, [row]) > 0
    if is_new and due_at is None:
        announce(session, Hint(row["queue"], row["kind"], row["id"]))
    return is_new


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


def lock_work(session: Session, *, kind: Work, subject_id: str) -> None:
    """Hold the unit's row until the transaction ends: whoever settles it does so before or after, not meanwhile.

    SQLite has no locks on rows and needs none: one transaction writes at a time.
    """
    session.execute(
        select(col(WorkItem.id))
        .where(col(WorkItem.kind) == str(kind), col(WorkItem.subject_id) == subject_id)
        .with_for_update()
    )


def wake_work(session: Session, *, kind: Work, project_id: str, subject_id: str) -> None:
    """Have a unit looked at now, whether it is new, waits for later, or was done before.

    One that is running is left alone but for its row's lock: it settles after this transaction, and a handler that can
    be woken looks once more for a reason before it settles (WorkUnit.settling).
    """
    if add_work(session, kind=kind, project_id=project_id, subject_id=subject_id):
        return
    now = clock.now()
    is_running = col(WorkItem.state) == WorkState.RUNNING
    woken = session.execute(
        update(WorkItem)
        .where(col(WorkItem.kind) == str(kind), col(WorkItem.subject_id) == subject_id)
        .values(
            state=case((is_running, WorkState.RUNNING), else_=WorkState.READY),
            due_at=case((is_running, WorkItem.due_at), else_=now),
            published_at=now,
            finished_at=None,
            attempts=case((is_running, WorkItem.attempts), else_=0),
        )
        .returning(col(WorkItem.id), col(WorkItem.state), col(WorkItem.queue)),
        execution_options={"synchronize_session": False},
    ).one()
    if woken.state == WorkState.READY:
        announce(session, Hint(woken.queue, str(kind), woken.id))
