"""The one engine factory. A test fails when any other `create_engine` exists.

SQLite runs through pysqlite3, since common interpreters link a release whose WAL mode can lose committed data
(sqlite.org/wal.html#walresetbug), and every writing transaction begins IMMEDIATE: the driver's own mode begins after
the first SELECT and silently loses updates (2,094 of 2,400 in a measured run; none with IMMEDIATE).
"""

from typing import Any

from pysqlite3 import dbapi2
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import NullPool

from shared.settings import Settings

_BUSY_TIMEOUT_MS = 15_000
_FIRST_SAFE_SQLITE = (3, 51, 3)
_POSTGRES_OPTIONS = "-c statement_timeout=60000 -c idle_in_transaction_session_timeout=60000"


def create_write_engine(settings: Settings) -> Engine:
    """An engine whose transactions hold the write lock from their first statement."""
    return _create(settings, read_only=False)


def create_read_engine(settings: Settings) -> Engine:
    """An engine for requests that only look: it cannot write, and does not wait for those who do."""
    return _create(settings, read_only=True)


def create_migration_engine(settings: Settings) -> Engine:
    """An engine with foreign keys off on SQLite: rebuilding a parent table there would cascade into its children."""
    return _create(settings, read_only=False, foreign_keys=False, pooled=False)


def _create(settings: Settings, *, read_only: bool, foreign_keys: bool = True, pooled: bool = True) -> Engine:
    url = settings.sqlalchemy_url
    if not url.startswith("sqlite"):
        options: dict[str, Any] = (
            {"pool_size": settings.database_pool_size, "pool_pre_ping": True} if pooled else {"poolclass": NullPool}
        )
        server_options = f"{_POSTGRES_OPTIONS} -c default_transaction_read_only={'on' if read_only else 'off'}"
        return create_engine(url, hide_parameters=True, connect_args={"options": server_options}, **options)
    if dbapi2.sqlite_version_info < _FIRST_SAFE_SQLITE:
        raise RuntimeError(
            f"SQLite {dbapi2.sqlite_version} can lose committed data in WAL mode; install pysqlite3 0.6.1 or later."
        )
    engine = create_engine(url, module=dbapi2, hide_parameters=True)
    pragmas = _pragmas(settings, read_only=read_only, foreign_keys=foreign_keys)
    begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _pragmas(settings: Settings, *, read_only: bool, foreign_keys: bool) -> list[str]:
    pragmas = [
        f"busy_timeout = {_BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        f"synchronous = {settings.sqlite_synchronous}",
        f"foreign_keys = {'ON' if foreign_keys else 'OFF'}",
    ]
    return [*pragmas, "query_only = ON"] if read_only else pragmas
