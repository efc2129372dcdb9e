"""What tests of connections do, each in a transaction of its own."""

from dataclasses import replace
from typing import Any

from shared.connections import service
from shared.connections.kinds import ConnectionKind
from shared.connections.routing import Route, route_model
from shared.connections.service import ConnectionRequest
from shared.connections.tables import Connection
from shared.db.session import Database
from shared.settings import Settings
from shared.tenants.service import Role
from tests.fixtures.database import Tenant

SECRET = "sk-provider-0123456789-abcdwxyz"


def create(database: Database, settings: Settings, tenant: Tenant, **changes: Any) -> Connection:
    """A connection of kind `openai_compatible` named `provider`; made with the admin key where that is needed."""
    request = ConnectionRequest(
        **{
            "name": "provider",
            "kind": ConnectionKind.OPENAI_COMPATIBLE,
            "secret": SECRET,
            "base_url": "https://provider.example/v1",
        }
        | changes
    )
    principal = replace(tenant.principal, role=Role.ADMIN)
    with database.transaction() as session:
        return service.create_connection(session, principal, request, settings=settings)


def route(
    database: Database, settings: Settings, tenant: Tenant, model: str, *, connection: str | None = None
) -> Route:
    with database.reading() as session:
        return route_model(
            session, tenant.organization_id, tenant.project_id, model, connection=connection, settings=settings
        )


def keep_models(database: Database, tenant: Tenant, connection: Connection, *names: str) -> None:
    with database.transaction() as session:
        listed = [{"id": name} for name in names]
        service.keep_listed_models(session, tenant.project_id, connection.id, listed)
