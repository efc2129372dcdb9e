"""Keeping what a provider lists, and what the call met. No transaction is open while the provider is asked."""

import structlog

from shared import clock
from shared.connections import service
from shared.connections.kinds import ConnectionState
from shared.connections.tables import Connection
from shared.db.session import Database
from shared.providers.model_list import ModelListing, Outcome, fetch_models
from shared.settings import Settings

log = structlog.get_logger(__name__)

_FRESH_SECONDS = 3600
_STATES = {
    Outcome.OK: ConnectionState.OK,
    # It knows the key well enough to count its calls.
    Outcome.RATE_LIMITED: ConnectionState.OK,
    Outcome.BAD_KEY: ConnectionState.REVOKED,
    # Says nothing about jobs and chat, for which restricted keys are made.
    Outcome.NOT_PERMITTED: None,
}


def refresh_models(database: Database, project_id: str, connection_id: str, *, settings: Settings) -> ModelListing:
    """Ask the provider, keep its list and its state. Raises ConnectionNotFoundError; what the call meets is told."""
    with database.reading() as session:
        upstream = service.open_upstream(session, project_id, connection_id, settings=settings)
    met = fetch_models(upstream, settings)
    log.info("connection.asked", connection=connection_id, outcome=met.outcome, status=met.status_code)
    state = _STATES.get(met.outcome, ConnectionState.FAILING)
    with database.transaction() as session:
        if state is not None:
            detail = None if state is ConnectionState.OK else met.message
            service.note_state(session, project_id, connection_id, state=state, detail=detail)
        if met.is_ok:
            service.keep_listed_models(session, project_id, connection_id, met.models)
    return met


def recent_models(
    database: Database, project_id: str, connection_id: str, *, settings: Settings, refresh: bool
) -> tuple[Connection, str | None]:
    """The connection with a list of the last hour, or an older one and what went wrong."""
    with database.reading() as session:
        connection = service.get_connection(session, project_id, connection_id)
    if not refresh and (connection.models_listed_at or 0) + _FRESH_SECONDS > clock.now():
        return connection, None
    met = refresh_models(database, project_id, connection_id, settings=settings)
    with database.reading() as session:
        connection = service.get_connection(session, project_id, connection_id)
    return connection, None if met.is_ok else met.message
