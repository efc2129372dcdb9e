"""Taking, keeping and settling a unit of work. Every settling is fenced: a replaced worker changes nothing."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, or_, update
from sqlmodel import Session, col

from shared import clock
from shared.outbox.tables import WorkItem, WorkState

_ERROR_LIMIT = 500


class ClaimLostError(Exception):
    """Somebody else holds this work now, or it was withdrawn: throw the result away."""


@dataclass(frozen=True)
class Claim:
    """The right to do one unit of work until the lease ends."""

    work_id: str
    project_id: str
    kind: str
    subject_id: str
    fence: int
    attempts: int
    "Claims so far without progress, this one included."


def claim_work(session: Session, work_id: str, *, lease_seconds: float) -> Claim | None:
    """Take the unit if it is due and nobody holds it; None when there is nothing to take."""
    now = clock.now()
    row = session.execute(
        update(WorkItem)
        .where(
            col(WorkItem.id) == work_id,
            col(WorkItem.due_at) <= now,
            or_(
                col(WorkItem.state) == WorkState.READY,
                and_(col(WorkItem.state) == WorkState.RUNNING, col(WorkItem.lease_until) < now),
            ),
        )
        .values(
            state=WorkState.RUNNING,
            fence=WorkItem.fence + 1,
            attempts=WorkItem.attempts + 1,
            lease_until=now + lease_seconds,
        )
        .returning(WorkItem.project_id, WorkItem.kind, WorkItem.subject_id, WorkItem.fence, WorkItem.attempts)  # type: ignore[call-overload]  # SQLModel types columns as values
    ).first()
    return None if row is None else Claim(work_id, *row)


def renew_claim(session: Session, claim: Claim, *, lease_seconds: float, progressed: bool = False) -> None:
    """Extend the lease. `progressed` also forgets earlier attempts. Raises ClaimLostError when replaced."""
    values: dict[str, Any] = {"lease_until": clock.now() + lease_seconds}
    if progressed:
        values["attempts"] = 1
    _update_fenced(session, claim, values)


def finish_claim(session: Session, claim: Claim) -> None:
    """Mark the unit done, in the transaction of its effect. Raises ClaimLostError when replaced."""
    _update_fenced(session, claim, {"state": WorkState.DONE, "lease_until": None, "finished_at": clock.now()})


def defer_claim(
    session: Session, claim: Claim, *, due_at: float, error: str | None = None, blameless: bool = False
) -> None:
    """Give the unit back, to be done at `due_at`. Raises ClaimLostError when replaced.

    `blameless` forgets the attempts: waiting for somebody else is not a failure of this work.
    """
    values: dict[str, Any] = {
        "state": WorkState.READY,
        "lease_until": None,
        "due_at": due_at,
        "published_at": None,
        "last_error": error[:_ERROR_LIMIT] if error else None,
    }
    _update_fenced(session, claim, values | {"attempts": 0} if blameless else values)


def bury_claim(session: Session, claim: Claim, *, error: str) -> None:
    """Give the unit up for good; an operator finds it by its state. Raises ClaimLostError when replaced."""
    _update_fenced(
        session,
        claim,
        {
            "state": WorkState.DEAD,
            "lease_until": None,
            "finished_at": clock.now(),
            "last_error": error[:_ERROR_LIMIT],
        },
    )


def _update_fenced(session: Session, claim: Claim, values: dict[str, Any]) -> None:
    result = session.execute(
        update(WorkItem)
        .where(
            col(WorkItem.id) == claim.work_id,
            col(WorkItem.fence) == claim.fence,
            col(WorkItem.state) == WorkState.RUNNING,
        )
        .values(**values)
        .returning(col(WorkItem.id))
    )
    if result.first() is None:
        raise ClaimLostError(f"{claim.kind} {claim.work_id} at fence {claim.fence} was taken over or withdrawn")
