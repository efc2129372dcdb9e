"""Connections to providers: whose key goes where, and which models are there."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.auth import PrincipalDep
from api.dependencies import ReadSessionDep, ResourcesDep, SessionDep, SettingsDep
from api.once import OnceDep
from api.openai.wire.base import Deleted
from api.pagination import PageRequest, cut, page_of
from api.v1.connection_wire import (
    ConnectionCreate,
    ConnectionList,
    ConnectionRead,
    ConnectionTest,
    ConnectionUpdate,
    ListedModel,
    ListedModels,
    render_connection,
    render_engine,
)
from shared.connections import listing, service
from shared.connections.errors import ConnectionNotFoundError
from shared.connections.limits import ConnectionBusyError
from shared.ids import Prefix, is_id

router = APIRouter(prefix="/connections", tags=["Connections"])

ConnectionPage = Annotated[PageRequest, Depends(page_of(default=20, maximum=100))]


def _connection_id(connection_id: Annotated[str, Path(description="`conn_…`")]) -> str:
    if not is_id(connection_id, Prefix.CONNECTION):
        raise ConnectionNotFoundError(connection_id)
    return connection_id


_CALLS_AT_ONCE = threading.BoundedSemaphore(8)
"Each may hold a thread for 15 seconds, and the threads are there to answer everybody."


@contextmanager
def _one_of_few() -> Iterator[None]:
    if not _CALLS_AT_ONCE.acquire(blocking=False):
        raise ConnectionBusyError("has to wait: many others are being tried", retry_after_seconds=1.0)
    try:
        yield
    finally:
        _CALLS_AT_ONCE.release()


ConnectionId = Annotated[str, Depends(_connection_id)]


@router.post("")
def create_connection(
    body: ConnectionCreate, principal: PrincipalDep, session: SessionDep, settings: SettingsDep, once: OnceDep
) -> ConnectionRead:
    """Connect a provider. The key is sealed at once; POST …/test says whether it works."""

    def make() -> ConnectionRead:
        return render_connection(service.create_connection(session, principal, body.to_request(), settings=settings))

    return once.answer(session, ConnectionRead, make)


@router.get("")
def list_connections(
    principal: PrincipalDep, session: ReadSessionDep, settings: SettingsDep, page: ConnectionPage
) -> ConnectionList:
    """The project's connections and its organization's, newest first, and the engine."""
    if page.after is not None and not is_id(page.after, Prefix.CONNECTION):
        return ConnectionList(object="list", data=[], has_more=False)
    rows = service.list_connections(session, principal.project_id, after=page.after, limit=page.probe)
    found = cut([*map(render_connection, rows), render_engine(settings)][: page.probe], page)
    return ConnectionList(object="list", data=list(found.rows), has_more=found.has_more)


@router.get("/engine")
def retrieve_engine(_principal: PrincipalDep, settings: SettingsDep) -> ConnectionRead:
    """What trains and answers here, in the same form."""
    return render_engine(settings)


@router.get("/{connection_id}")
def retrieve_connection(
    connection_id: ConnectionId, principal: PrincipalDep, session: ReadSessionDep
) -> ConnectionRead:
    """One connection, without its key."""
    return render_connection(service.get_connection(session, principal.project_id, connection_id))


@router.patch("/{connection_id}")
def update_connection(
    connection_id: ConnectionId,
    body: ConnectionUpdate,
    principal: PrincipalDep,
    session: SessionDep,
    settings: SettingsDep,
) -> ConnectionRead:
    """Change what is given. A new key or address makes a revoked connection usable again."""
    changes = body.to_changes()
    return render_connection(service.update_connection(session, principal, connection_id, changes, settings=settings))


@router.delete("/{connection_id}")
def delete_connection(connection_id: ConnectionId, principal: PrincipalDep, session: SessionDep) -> Deleted:
    """Forget a connection and its key. Jobs that are at the provider can no longer be followed."""
    service.delete_connection(session, principal, connection_id)
    return Deleted(id=connection_id, object="connection.deleted", deleted=True)


@router.post("/{connection_id}/test")
def test_connection(connection_id: ConnectionId, principal: PrincipalDep, resources: ResourcesDep) -> ConnectionTest:
    """Call the provider now: GET /models with the connection's key."""
    with _one_of_few():
        met = listing.refresh_models(
            resources.database, principal.project_id, connection_id, settings=resources.settings
        )
    return ConnectionTest(
        object="connection.test",
        connection_id=connection_id,
        success=met.is_ok,
        outcome=met.outcome,
        message=met.message,
        status_code=met.status_code,
        seconds=round(met.seconds, 3),
        models_found=len(met.models),
    )


@router.get("/{connection_id}/models")
def list_models(
    connection_id: ConnectionId,
    principal: PrincipalDep,
    resources: ResourcesDep,
    *,
    refresh: Annotated[bool, Query(description="Ask the provider now, whatever is kept.")] = False,
) -> ListedModels:
    """The provider's models, as it listed them within the last hour."""
    with resources.database.reading() as session:
        connection, problem = service.get_connection(session, principal.project_id, connection_id), None
    if refresh or not listing.is_fresh(connection):
        with _one_of_few():
            connection, problem = listing.refreshed_connection(
                resources.database, principal.project_id, connection_id, settings=resources.settings
            )
    return ListedModels(
        object="list",
        data=[ListedModel.model_validate(model) for model in connection.listed_models],
        models=connection.model_patterns,
        listed_at=connection.models_listed_at,
        problem=problem,
    )
