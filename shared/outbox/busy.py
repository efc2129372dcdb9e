"""Whether a project's work of a kind is done by somebody else already, for work that must not take all processes."""

from sqlmodel import Session, col, select

from shared import clock
from shared.outbox.claim import Claim
from shared.outbox.tables import WorkItem, WorkState


def is_another_running(session: Session, claim: Claim) -> bool:
    """Whether another unit of this kind and project is claimed and its lease has not run out.

    Two that were claimed at the same moment see each other: let both wait for a time that is drawn by lot.
    """
    statement = select(WorkItem.id).where(
        WorkItem.project_id == claim.project_id,
        WorkItem.kind == claim.kind,
        WorkItem.state == WorkState.RUNNING,
        col(WorkItem.lease_until) >= clock.now(),
        WorkItem.id != claim.work_id,
    )
    return session.exec(statement.limit(1)).first() is not None
