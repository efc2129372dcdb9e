"""Alembic's entry point. The connection comes from runner.py; nothing here opens one."""

from typing import Literal

from alembic import context
from sqlmodel.sql.sqltypes import AutoString

from shared.db.tables import metadata
from shared.db.types import IdType, NameType


def _render_type(_kind: str, item: object, _context: object) -> str | Literal[False]:
    # The template names these two: variants with a byte-wise collation, without which PostgreSQL pages ids wrongly.
    if item is IdType or item is NameType:
        return "ID" if item is IdType else "NAME"
    return "sa.Text()" if isinstance(item, AutoString) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    transactional_ddl=True,
    transaction_per_migration=False,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=_render_type,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
