"""Every model a project can name: base models, what it has trained, and what its connections are known to serve."""

from sqlmodel import Session

from shared.connections import service
from shared.connections.routing import exact_names
from shared.connections.tables import Connection
from shared.models import service as models
from shared.models.service import ModelNotFoundError, ModelView
from shared.retiring.dates import last_day_of
from shared.settings import Settings


def list_all_models(session: Session, project_id: str, *, settings: Settings) -> list[ModelView]:
    """Base models, then tuned ones, then those of connections; each name once."""
    connections = service.list_connections(session, project_id)
    by_id = {connection.id: connection for connection in connections}
    own = [
        view.with_shutdown(_shutdown_date(by_id.get(view.connection_id or ""), view.upstream_name))
        for view in models.list_models(session, project_id, settings=settings)
    ]
    views = {view.name: view for connection in reversed(connections) for view in _views_of(connection)}
    taken = {view.name for view in own}
    return own + [view for name, view in views.items() if name not in taken]


def get_any_model(session: Session, project_id: str, name: str, *, settings: Settings) -> ModelView:
    """Raises ModelNotFoundError."""
    found = [view for view in list_all_models(session, project_id, settings=settings) if view.name == name]
    if not found:
        raise ModelNotFoundError(name)
    return found[0]


def _views_of(connection: Connection) -> list[ModelView]:
    listed = {model["id"]: model for model in connection.listed_models}
    return [
        ModelView(
            name=name,
            created_at=listed.get(name, {}).get("created", 0),
            owner=listed.get(name, {}).get("owned_by") or connection.name,
            shutdown_date=_shutdown_date(connection, name),
        )
        for name in exact_names(connection)
    ]


def _shutdown_date(connection: Connection | None, name: str | None) -> str | None:
    if connection is None or name is None:
        return None
    last = last_day_of(connection.kind, name, service.told_shutdown_dates(connection))
    return last.day.isoformat() if last is not None else None
