"""Sessions and the one commit. Work announced inside a transaction is rung out after it, never before."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlmodel import Session

from shared.db.engine import create_read_engine, create_write_engine
from shared.settings import Settings

_HINTS = "hints"


class Hint(NamedTuple):
    """Says "look at this row now"; losing one costs time, never work."""

    queue: str
    kind: str
    work_id: str


class Database:
    """Write and read engines of one process. Build it after a fork, close it at the end."""

    def __init__(self, settings: Settings, ring: Callable[[list[Hint]], None] | None = None) -> None:
        self._write = create_write_engine(settings)
        self._read = create_read_engine(settings)
        self._ring = ring

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A writing session that commits once, when the block ends without an exception."""
        with Session(self._write, expire_on_commit=False) as session:
            yield session
            session.commit()
            hints: list[Hint] = session.info.pop(_HINTS, [])
        if hints and self._ring is not None:
            self._ring(hints)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only looks. Its rows may be used after the block."""
        with Session(self._read, expire_on_commit=False) as session:
            yield session

    def check(self) -> None:
        """Raise whatever the driver raises when the database does not answer."""
        with self._read.connect() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        self._write.dispose()
        self._read.dispose()


def announce(session: Session, hint: Hint) -> None:
    """Have `hint` rung after this session's transaction has committed."""
    session.info.setdefault(_HINTS, []).append(hint)


def insert_ignoring_duplicates(session: Session, table: Any, rows: list[dict[str, Any]]) -> int:
    """INSERT … ON CONFLICT DO NOTHING on either dialect; the number of rows that were new."""
    if not rows:
        return 0
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as postgres_insert  # noqa: PLC0415  one dialect per process

        statement: Any = postgres_insert(table).on_conflict_do_nothing()
    else:
        from sqlalchemy.dialects.sqlite import insert as sqlite_insert  # noqa: PLC0415  one dialect per process

        statement = sqlite_insert(table).on_conflict_do_nothing()
    key = next(iter(table.__table__.primary_key.columns))
    return len(session.execute(statement.returning(key), rows).all())
