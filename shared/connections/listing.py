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


def is_fresh(connection: Connection) -> bool:
    """Whether the provider listed its models within the last hour."""
    return (connection.models_listed_at or 0) + _FRESH_SECONDS > clock.now()


def refreshed_connection(
    database: Database, project_id: str, connection_id: str, *, settings: Settings
) -> tuple[Connection, str | None]:
    """The connection after a call: with a new list, or with the one of before and what went wrong."""
    met = refresh_models(database, project_id, connection_id, settings=settings)
    with database.reading() as session:
        connection = service.get_connection(session, project_id, connection_id)
    return connection, None if met.is_ok else met.message
