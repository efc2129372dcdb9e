"""Column types: ids that sort by bytes, numbers that do not overflow, JSON that comes back as it went."""

from typing import Any

import pytest
from sqlalchemy import Column, Table, text

from shared.db.session import Database
from shared.db.tables import metadata
from shared.db.types import IdType, NameType
from shared.ids import Prefix, new_id
from shared.outbox.tables import NamedLease, WorkItem
from tests.factories.rows import add_file
from tests.fixtures.database import Tenant
from tests.fixtures.settings import on_postgresql

BYTEWISE = {
    (table.name, column.name)
    for table in metadata.tables.values()
    for column in table.columns
    if column.type is IdType or column.type is NameType
}


def paged_columns() -> list[Column[str]]:
    """Text keys: what lists are paged by and rows are found by."""
    tables: list[Table] = [table for table in metadata.tables.values() if table.name != NamedLease.__tablename__]
    return [table.c.id for table in tables if "id" in table.c]


class TestIds:
    @pytest.mark.parametrize("column", paged_columns(), ids=lambda column: column.table.name)
    def test_every_id_has_the_type_that_sorts_by_bytes(self, column: Column[str]) -> None:
        """Every table that can be paged by id compares ids byte by byte."""
        assert (column.table.name, column.name) in BYTEWISE

    @on_postgresql
    def test_postgres_was_told_to_sort_them_by_bytes(self, database: Database) -> None:
        """In a migrated PostgreSQL every id and model name has the byte-wise collation."""
        query = (
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND collation_name = 'C'"
        )
        with database.reading() as session:
            found = {(table, column) for table, column in session.connection().execute(text(query))}

        assert found == BYTEWISE

    def test_order_in_the_database_is_order_of_making(self, database: Database, tenant: Tenant) -> None:
        """Ids come back from the database in the order in which they were made."""
        made = [f"work_{middle}{'0' * 21}" for middle in "0AZaz"]
        with database.transaction() as session:
            for work_id in reversed(made):
                session.add(WorkItem(id=work_id, kind="k", queue="q", subject_id=work_id, **tenant_fields(tenant)))

        with database.reading() as session:
            found = session.connection().execute(text("SELECT id FROM work_items ORDER BY id")).scalars().all()

        assert found == made


class TestValues:
    @pytest.mark.parametrize("size_bytes", [2**31, 2**53 + 1, 2**63 - 1])
    def test_sizes_may_pass_two_gigabytes(self, database: Database, tenant: Tenant, size_bytes: int) -> None:
        """A file larger than 2 GiB keeps its exact size."""
        with database.transaction() as session:
            file = add_file(session, tenant.project_id)
            file.bytes = size_bytes
        with database.reading() as session:
            found = session.get(type(file), file.id)

        assert found is not None
        assert found.bytes == size_bytes

    def test_times_keep_their_fractions(self, database: Database, tenant: Tenant) -> None:
        """A due time comes back as exactly the same number: leases are compared to it."""
        due_at = 1_795_000_000.123_456_7
        work_id = new_id(Prefix.WORK)
        with database.transaction() as session:
            row = WorkItem(id=work_id, kind="k", queue="q", subject_id="s", **tenant_fields(tenant, due_at=due_at))
            session.add(row)
        with database.reading() as session:
            found = session.get(WorkItem, work_id)

        assert found is not None
        assert found.due_at == due_at


def tenant_fields(tenant: Tenant, *, due_at: float = 0.0) -> dict[str, Any]:
    return {"project_id": tenant.project_id, "due_at": due_at, "created_at": 0.0}
