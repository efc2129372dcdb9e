"""What tests of imports do and look at, each in a transaction of its own."""

from typing import Any

from shared.connections.tables import Connection
from shared.db.session import Database
from shared.imports import service
from shared.imports.tables import Import, ImportedObject, ObjectKind
from tests.fixtures.database import Tenant


class Acting:
    def __init__(self, database: Database, tenant: Tenant) -> None:
        self._database = database
        self._tenant = tenant

    def start(self, connection: Connection, **asked: Any) -> Import:
        with self._database.transaction() as session:
            return service.start_import(session, self._tenant.principal, connection_id=connection.id, **asked)

    def cancel(self, started: Import) -> Import:
        with self._database.transaction() as session:
            return service.cancel_import(session, self._tenant.project_id, started.id)

    def look(self, started: Import) -> Import:
        with self._database.reading() as session:
            return service.get_import(session, self._tenant.project_id, started.id)

    def objects(self, started: Import, kind: ObjectKind | None = None) -> list[ImportedObject]:
        with self._database.reading() as session:
            return service.list_objects(session, self._tenant.project_id, started.id, after=None, limit=1000, kind=kind)

    def counts(self, started: Import) -> dict[str, dict[str, int]]:
        with self._database.reading() as session:
            return service.count_objects(session, self._tenant.project_id, started.id)

    def local_id(self, started: Import, upstream_id: str) -> str:
        return next(row.local_id for row in self.objects(started) if row.upstream_id == upstream_id)
