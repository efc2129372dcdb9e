"""Which provider a model's name leads to. Decides from rows and settings alone; asks nobody."""

from dataclasses import dataclass

from sqlmodel import Session

from shared.connections import repository
from shared.connections.errors import AmbiguousModelError, ConnectionNotFoundError, UnknownModelError
from shared.connections.kinds import ENGINE
from shared.connections.names import is_pattern, matches, nearest
from shared.connections.tables import Connection
from shared.settings import Settings


@dataclass(frozen=True)
class Route:
    """`connection_id` is None for the engine here; `upstream_model` is the name to use there."""

    connection_id: str | None
    upstream_model: str


def route_model(
    session: Session,
    organization_id: str,
    project_id: str,
    model: str,
    *,
    connection: str | None = None,
    settings: Settings,
) -> Route:
    """The route of a name that is no tuned model of this service.

    An explicit `connection` (id or name, `engine` for here) decides. Otherwise those that serve the name do: exact
    names before patterns, the default among several, and the default too for a name that none is known to serve.
    Raises AmbiguousModelError naming the candidates, UnknownModelError naming near names, ConnectionNotFoundError.
    """
    visible = [
        row
        for row in repository.list_connections(session, project_id, after=None, limit=None)
        if row.organization_id == organization_id
    ]
    if connection is not None:
        return _explicit(visible, model, connection, settings)
    candidates = _serving(visible, model, settings)
    if len(candidates) > 1:
        default = _default([row for row in candidates if row])
        candidates = [default] if default else candidates
    if len(candidates) > 1:
        raise AmbiguousModelError(model, [row.name if row else ENGINE for row in candidates])
    chosen = candidates[0] if candidates else _default(visible)
    if not candidates and chosen is None:
        raise UnknownModelError(model, nearest(model, _known_names(visible, settings)))
    return Route(chosen.id if chosen else None, model)


def find_named(visible: list[Connection], connection: str) -> Connection:
    """The connection with this id or name, a project's before its organization's. Raises ConnectionNotFoundError."""
    found = [row for row in visible if connection in {row.id, row.name}]
    if not found:
        raise ConnectionNotFoundError(connection)
    return min(found, key=lambda row: row.project_id is None)


def _explicit(visible: list[Connection], model: str, connection: str, settings: Settings) -> Route:
    if connection != ENGINE:
        return Route(find_named(visible, connection).id, model)
    if model not in settings.base_models:
        raise UnknownModelError(model, nearest(model, settings.base_models))
    return Route(None, model)


def _serving(visible: list[Connection], model: str, settings: Settings) -> list[Connection | None]:
    """Who serves a name, None standing for the engine. Who names it exactly leaves the others out."""
    exact: list[Connection | None] = [None] if model in settings.base_models else []
    exact += [row for row in visible if model in exact_names(row)]
    return exact or [row for row in visible if any(matches(pattern, model) for pattern in row.model_patterns)]


def exact_names(connection: Connection) -> list[str]:
    """The model names that are known to lead to a connection."""
    by_hand = [name for name in connection.model_patterns if not is_pattern(name)]
    listed = [model["id"] for model in connection.listed_models] if connection.use_listed_models else []
    return list(dict.fromkeys([*by_hand, *listed]))


def _default(visible: list[Connection]) -> Connection | None:
    """The project's default before the organization's."""
    return min((row for row in visible if row.is_default), key=lambda row: row.project_id is None, default=None)


def _known_names(visible: list[Connection], settings: Settings) -> list[str]:
    known = [*settings.base_models, *(name for row in visible for name in exact_names(row))]
    return list(dict.fromkeys(known))
