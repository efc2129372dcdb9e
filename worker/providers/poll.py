"""Watching a connection's jobs: one unit of work for all of them, that asks, writes down, and waits for the next time.

A page of the upstream's list tells of a hundred jobs at once, and an entry that looks as it did is not decoded. Only
jobs with news cost requests of their own.
"""

import time

import structlog
from sqlmodel import Session

from shared import clock
from shared.connections.errors import ConnectionNotFoundError
from shared.connections.kinds import ConnectionState
from shared.outbox.add import wake_work
from shared.outbox.claim import Claim
from shared.providers import service as providers
from shared.providers import watching
from shared.providers.trouble import TroubleKind, UpstreamTroubleError
from shared.tasks import Work
from worker.heartbeat import Heartbeat
from worker.providers.look import Look
from worker.providers.wire import OpenConnection, note_answering, note_failing, note_key_refused, open_connection
from worker.task import Handler
from worker.unit import WorkUnit

log = structlog.get_logger(__name__)

_IDLE_SECONDS = 3600.0
"A connection without live jobs; a new one wakes its unit."
_KEY_PAUSE_SECONDS = 30.0
"Nothing is asked meanwhile: only whether the key was replaced is looked up, in our own rows."
_LONGEST_FAILURE_PAUSE_SECONDS = 300.0
_SHORTEST_PAUSE_SECONDS = 0.05


def poll_connection(unit: WorkUnit) -> None:
    """One round over the jobs that are due."""
    connection_id = unit.subject_id
    with unit.database.reading() as session:
        project_id = providers.find_watching_project(session, connection_id)
    if project_id is None:
        _settle(unit, at_least=0.0)
        return
    try:
        with open_connection(unit, project_id, connection_id) as opened, Heartbeat(unit):
            pause = _KEY_PAUSE_SECONDS if opened.state == ConnectionState.REVOKED else _round(unit, opened)
    except ConnectionNotFoundError:
        _end_all(unit, connection_id)
        pause = 0.0
    _settle(unit, at_least=pause)


def _round(unit: WorkUnit, opened: OpenConnection) -> float:
    """Look at everything that is due; seconds before the next round may begin."""
    started = time.monotonic()
    look = Look(unit, opened)
    try:
        look.carry_out_wishes()
        look.at_everything_due()
    except UpstreamTroubleError as trouble:
        return _pause_after(unit, opened, trouble)
    note_answering(unit, opened)
    log.info("provider.polled", calls=opened.wire.calls, jobs=look.seen, seconds=round(time.monotonic() - started, 3))
    return 0.0


def _pause_after(unit: WorkUnit, opened: OpenConnection, trouble: UpstreamTroubleError) -> float:
    log.info("provider.poll_trouble", kind=trouble.kind, status=trouble.status, code=trouble.code)
    if trouble.kind is TroubleKind.KEY_REFUSED:
        note_key_refused(unit, opened)
        return _KEY_PAUSE_SECONDS
    if trouble.kind is TroubleKind.RATE_LIMITED:
        return trouble.retry_after_seconds or unit.settings.provider_poll_seconds
    failing_seconds = note_failing(unit, opened, trouble.message)
    # As long again as it has been failing: half the time of an outage is the most that its end goes unnoticed.
    return min(max(failing_seconds, unit.settings.provider_poll_seconds), _LONGEST_FAILURE_PAUSE_SECONDS)


def _settle(unit: WorkUnit, *, at_least: float) -> None:
    """Wait until a job is due. Looked up under the unit's lock: no wake-up falls between looking and waiting."""
    with unit.settling() as session:
        now = clock.now()
        next_due = providers.find_next_due(session, unit.subject_id)
        wanted = now + _IDLE_SECONDS if next_due is None else next_due
        unit.wait_until(session, max(wanted, now + max(at_least, _SHORTEST_PAUSE_SECONDS)))


def _end_all(unit: WorkUnit, connection_id: str) -> None:
    """The connection was deleted under its jobs: nobody can tell what becomes of them."""
    with unit.settling() as session:
        for row in providers.list_watched(session, connection_id):
            watching.abandon(session, row)


def _give_up(session: Session, claim: Claim, reason: str) -> None:
    """Watching never ends for good: jobs would hang for ever."""
    log.error("provider.polling_failed", connection=claim.subject_id, reason=reason)
    wake_work(session, kind=Work.POLL_CONNECTION, project_id=claim.project_id, subject_id=claim.subject_id)


POLL_CONNECTION = Handler(run=poll_connection, give_up=_give_up, longest_seconds=900.0)
