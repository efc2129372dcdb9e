"""Taking, keeping and settling a unit of work. Every settling is fenced: a replaced worker changes nothing."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, or_, update
from sqlmodel import Session

from shared import clock
from shared.outbox.tables import WorkItem, WorkState

_ERROR_LIMIT = 500

# Core statements built once: as ORM statements built for each call they cost five times the CPU of the query itself.
_WORK = WorkItem.metadata.tables["work_items"]
_TAKE = (
    update(_WORK)
    .where(
        _WORK.c.id == bindparam("work_id"),
        _WORK.c.due_at <= bindparam("now"),
        or_(
            _WORK.c.state == WorkState.READY,
            and_(_WORK.c.state == WorkState.RUNNING, _WORK.c.lease_until < bindparam("now")),
        ),
    )
    .values(
        state=WorkState.RUNNING,
        fence=_WORK.c.fence + 1,
        attempts=_WORK.c.attempts + 1,
        lease_until=bindparam("until"),
    )
    .returning(_WORK.c.project_id, _WORK.c.kind, _WORK.c.subject_id, _WORK.c.fence, _WORK.c.attempts)
)
_HELD = (
    update(_WORK)
    .where(
        _WORK.c.id == bindparam("work_id"),
        _WORK.c.fence == bindparam("held_fence"),
        _WORK.c.state == WorkState.RUNNING,
    )
    .returning(_WORK.c.id)
)


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
    row = session.execute(_TAKE, {"work_id": work_id, "now": now, "until": now + lease_seconds}).first()
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
    result = session.execute(_HELD.values(**values), {"work_id": claim.work_id, "held_fence": claim.fence})
    if result.first() is None:
        raise ClaimLostError(f"{claim.kind} {claim.work_id} at fence {claim.fence} was taken over or withdrawn")
