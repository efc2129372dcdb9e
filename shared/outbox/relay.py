"""What the holder of the scheduler's lease does with work rows: free expired leases, announce what is due."""

from sqlalchemy import delete, or_, select, update
from sqlmodel import Session, col

from shared import clock
from shared.db.session import Hint, insert_ignoring_duplicates
from shared.outbox.tables import NamedLease, WorkItem, WorkState


def hold_lease_system(session: Session, *, name: str, holder: str, seconds: float) -> bool:
    """Take or keep a named lease; False while somebody else holds it.

    A lease with more than half its time left is not written again: an idle service should not sync its disk all day.
    """
    now = clock.now()
    held = session.get(NamedLease, name)
    if held is not None and held.holder == holder and held.until > now + seconds / 2:
        return True
    free = {"name": name, "holder": holder, "until": 0.0, "fence": 0}
    insert_ignoring_duplicates(session, NamedLease, [free])
    taken = session.execute(
        update(NamedLease)
        .where(
            col(NamedLease.name) == name,
            or_(col(NamedLease.holder) == holder, col(NamedLease.until) < now),
        )
        .values(holder=holder, until=now + seconds, fence=NamedLease.fence + 1)
        .returning(col(NamedLease.name))
    )
    return taken.first() is not None


def free_expired_system(session: Session) -> int:
    """Make units whose worker fell silent ready again; how many."""
    freed = session.execute(
        update(WorkItem)
        .where(col(WorkItem.state) == WorkState.RUNNING, col(WorkItem.lease_until) < clock.now())
        .values(state=WorkState.READY, lease_until=None, published_at=None)
        .returning(col(WorkItem.id))
    )
    return len(freed.all())


def take_due_hints_system(session: Session, *, queue: str, limit: int, hint_interval_seconds: float) -> list[Hint]:
    """Up to `limit` due units of a queue that nobody was told of lately, marked as told."""
    now = clock.now()
    due = (
        select(col(WorkItem.id))
        .where(
            col(WorkItem.state) == WorkState.READY,
            col(WorkItem.due_at) <= now,
            col(WorkItem.queue) == queue,
            or_(col(WorkItem.published_at).is_(None), col(WorkItem.published_at) < now - hint_interval_seconds),
        )
        .order_by(col(WorkItem.due_at))
        .limit(limit)
    )
    rows = session.execute(
        update(WorkItem)
        .where(col(WorkItem.id).in_(due))
        .values(published_at=now)
        .returning(col(WorkItem.kind), col(WorkItem.id))
    )
    return [Hint(queue, kind, work_id) for kind, work_id in rows]


def forget_done_system(session: Session, *, older_than_seconds: float) -> int:
    """Delete units finished long ago, so that the table stays as large as the work is."""
    gone = session.execute(
        delete(WorkItem)
        .where(
            col(WorkItem.state) == WorkState.DONE,
            col(WorkItem.finished_at) < clock.now() - older_than_seconds,
        )
        .returning(col(WorkItem.id))
    )
    return len(gone.all())
