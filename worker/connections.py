"""Looking after a connection once a day: what it lists now, whether its key works, which models in use go away."""

from sqlmodel import Session

from shared import clock
from shared.clock import DAY_SECONDS
from shared.connections import listing, service
from shared.connections.errors import ConnectionNotFoundError
from shared.errors import ServiceError
from shared.outbox.claim import Claim
from shared.retiring.service import tell_of_retiring
from worker.heartbeat import Heartbeat
from worker.task import Handler
from worker.unit import WorkUnit


def watch_connection(unit: WorkUnit) -> None:
    """Ask the provider for its models, tell of those that retire, and come back tomorrow; end with the connection."""
    problem = None
    try:
        with Heartbeat(unit):
            listing.refresh_models(unit.database, unit.project_id, unit.subject_id, settings=unit.settings)
    except ConnectionNotFoundError:
        with unit.finishing():
            return
    except ServiceError as error:
        # A key that does not open is the operator's to mend; the dates of its models are as true as yesterday.
        problem = error.message
    with unit.deferring(due_at=clock.now() + DAY_SECONDS, error=problem, blameless=True) as session:
        connection = service.find_connection(session, unit.project_id, unit.subject_id)
        if connection is not None:
            tell_of_retiring(session, connection)


def _give_up(_session: Session, _claim: Claim, _reason: str) -> None:
    """Nobody waits for it; the work row is buried, which the operator's log says."""


WATCH_CONNECTION = Handler(run=watch_connection, give_up=_give_up)
