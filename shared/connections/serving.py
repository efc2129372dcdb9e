"""Who answers as a model: our model server, or a provider under a name of its own."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from shared.connections import service
from shared.connections.kinds import ENGINE
from shared.connections.routing import Route, find_named, route_model
from shared.models import service as models
from shared.models.service import ServingTarget
from shared.models.tables import Model
from shared.providers.upstream import Upstream
from shared.settings import Settings
from shared.tenants.service import Principal


@dataclass(frozen=True)
class UpstreamTarget:
    """A provider ready to be called. `name` is its connection's, for people."""

    upstream: Upstream
    model: str
    name: str
    rate_limits: Mapping[str, int]


def resolve_serving(
    session: Session, principal: Principal, model: str, *, connection: str | None, settings: Settings
) -> UpstreamTarget | ServingTarget:
    """Who answers as `model`. A tuned model of the project leads where it was trained; route_model knows the rest.

    Raises what route_model raises, ConnectionNotFoundError for a model whose connection is gone.
    """
    tuned = models.find_model(session, principal.project_id, model)
    route = _route_of(tuned) if tuned is not None else None
    if route is None or (connection is not None and not _is_meant(session, principal, route, connection)):
        route = route_model(
            session,
            principal.organization_id,
            principal.project_id,
            model,
            connection=connection,
            settings=settings,
        )
    if route.connection_id is None:
        return models.get_serving_target(session, principal.project_id, model, settings=settings)
    row = service.get_connection(session, principal.project_id, route.connection_id)
    return UpstreamTarget(service.upstream_of(row, settings), route.upstream_model, row.name, row.rate_limits)


def _route_of(tuned: Model) -> Route:
    return Route(tuned.connection_id, tuned.upstream_name or tuned.name)


def _is_meant(session: Session, principal: Principal, route: Route, connection: str) -> bool:
    """Whether a connection named in the request is the one that the tuned model leads to anyway."""
    if route.connection_id is None:
        return connection == ENGINE
    return find_named(service.list_connections(session, principal.project_id), connection).id == route.connection_id
