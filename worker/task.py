"""The shape every task has: claim, work with no transaction open, commit under the fence. Knows no kind of work."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlmodel import Session

from shared import clock
from shared.errors import ServiceError
from shared.log import mask
from shared.outbox.claim import Claim, ClaimLostError, claim_work
from shared.resources import Resources
from worker.pauses import growing_pause_seconds
from worker.unit import WorkUnit

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Handler:
    """How one kind of work is done.

    `give_up` tells the domain, in the transaction that buries the unit. The reason it hears is the operator's: it may
    name hosts and paths, so tenants are told the id of the work and not why.
    """

    run: Callable[[WorkUnit], None]
    give_up: Callable[[Session, Claim, str], None]
    is_training: bool = False
    longest_seconds: float | None = None
    "Time after which an attempt is interrupted; None: the broker's general limit, which is for small units."


def perform(resources: Resources, handler: Handler, work_id: str) -> None:
    """Do one unit of work if it is there to be done. Safe to call twice, beside itself and after a crash."""
    settings = resources.settings
    lease_seconds = settings.train_lease_seconds if handler.is_training else settings.lease_seconds
    with resources.database.transaction() as session:
        claim = claim_work(session, work_id, lease_seconds=lease_seconds)
    if claim is None:
        return
    unit = WorkUnit(resources, claim, lease_seconds=lease_seconds)
    with structlog.contextvars.bound_contextvars(
        kind=claim.kind, subject=claim.subject_id, project=claim.project_id, attempt=claim.attempts
    ):
        try:
            _attempt(unit, handler)
        except ClaimLostError:
            log.info("work.claim_lost")


def _attempt(unit: WorkUnit, handler: Handler) -> None:
    # Attempts that ended with a dead process never reach the except branch below, so they are counted here.
    if unit.claim.attempts > unit.settings.max_attempts:
        _give_up(unit, handler, "its workers died each time it was tried")
        return
    try:
        handler.run(unit)
        log.info("work.done")
    except ClaimLostError:
        raise
    except Exception as error:
        log.exception("work.attempt_failed")
        if unit.attempts >= unit.settings.max_attempts:
            _give_up(unit, handler, _describe(error))
            return
        pause = growing_pause_seconds(unit.attempts)
        with unit.deferring(due_at=clock.now() + pause, error=_describe(error)):
            pass


def _give_up(unit: WorkUnit, handler: Handler, reason: str) -> None:
    log.error("work.given_up", reason=reason)
    with unit.burying(error=reason) as session:
        handler.give_up(session, unit.claim, reason)


def _describe(error: Exception) -> str:
    """For the operator's column; tenants see it only where a domain chooses so."""
    text = error.message if isinstance(error, ServiceError) else str(error)
    # An error may quote anything, and PostgreSQL's text takes neither NUL nor half a surrogate pair.
    shown = "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)
    return mask(f"{type(error).__name__}: {shown}")
