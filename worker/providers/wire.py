"""A connection opened for one unit of work: its wire, in its turn among all workers, and what it is called."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import openai
import structlog

from shared import clock
from shared.broker import redis_client
from shared.connections import service as connections
from shared.connections.kinds import ConnectionState
from shared.providers.pacing import SharedPacer
from shared.providers.upstream import MOST_BYTES, open_client
from shared.providers.wire import Wire
from worker.unit import WorkUnit

log = structlog.get_logger(__name__)

_REVOKED = "The provider refused the key. Put a valid one into the connection: what waits for it then goes on."


@dataclass(frozen=True)
class OpenConnection:
    """What a unit needs of a connection while it asks."""

    project_id: str
    connection_id: str
    name: str
    state: str
    wire: Wire
    client: openai.OpenAI
    pacer: SharedPacer


@contextmanager
def open_connection(
    unit: WorkUnit,
    project_id: str,
    connection_id: str,
    *,
    within_seconds: float | None = None,
    most_bytes: int = MOST_BYTES,
) -> Iterator[OpenConnection]:
    """Raises ConnectionNotFoundError when it was deleted. The bounds are those of `open_client`."""
    settings = unit.settings
    with unit.database.reading() as session:
        row = connections.get_connection(session, project_id, connection_id)
        upstream = connections.open_upstream(session, project_id, connection_id, settings=settings)
    redis = redis_client(settings)
    pacer = SharedPacer(
        redis,
        key_prefix=settings.redis_key_prefix,
        connection_id=connection_id,
        requests_per_minute=row.rate_limits.get("requests_per_minute"),
    )
    client = open_client(upstream, settings, within_seconds=within_seconds, most_bytes=most_bytes)
    with redis, client:
        wire = Wire(client, pacer)
        yield OpenConnection(project_id, connection_id, row.name, row.state, wire, client, pacer)


def note_key_refused(unit: WorkUnit, opened: OpenConnection) -> None:
    """Say so once, however many workers meet it: nobody asks with this key again."""
    with unit.database.transaction() as session:
        is_news = connections.note_state(
            session, opened.project_id, opened.connection_id, state=ConnectionState.REVOKED, detail=_REVOKED
        )
    if is_news:
        log.error("connection.key_refused", connection=opened.connection_id, name=opened.name)


def note_answering(unit: WorkUnit, opened: OpenConnection) -> None:
    """Keep that the upstream answers again, if that is news."""
    if opened.state == ConnectionState.OK:
        return
    with unit.database.transaction() as session:
        connections.note_state(session, opened.project_id, opened.connection_id, state=ConnectionState.OK)
    log.info("connection.answers_again", connection=opened.connection_id, name=opened.name)


def note_failing(unit: WorkUnit, opened: OpenConnection, reason: str) -> float:
    """Keep that the upstream does not answer as it should. For how many seconds it has been failing."""
    with unit.database.transaction() as session:
        is_news = connections.note_state(
            session, opened.project_id, opened.connection_id, state=ConnectionState.FAILING, detail=reason
        )
        since = connections.get_connection(session, opened.project_id, opened.connection_id).state_changed_at
    if is_news:
        log.warning("connection.failing", connection=opened.connection_id, name=opened.name, reason=reason)
    return clock.now() - since
