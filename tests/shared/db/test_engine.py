"""The engine factory: what each dialect promises, and what is refused."""

from pathlib import Path

import pytest
from pysqlite3 import dbapi2
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import select

from shared.db.engine import create_write_engine
from shared.db.session import Database
from shared.outbox.tables import NamedLease
from shared.settings import Settings
from shared.tenants.tables import ApiKey
from tests.fixtures.settings import on_postgresql, on_sqlite
from tests.fixtures.together import run_together
from tests.shared.db.counting import COUNTER, count_up, count_up_in_processes


def read_counter(database: Database) -> int:
    with database.reading() as session:
        return session.exec(select(NamedLease.fence).where(NamedLease.name == COUNTER)).one()


@pytest.fixture
def counter(database: Database) -> None:
    with database.transaction() as session:
        session.add(NamedLease(name=COUNTER, holder="nobody", until=0.0, fence=0))


@on_sqlite
class TestSqliteTransactions:
    @pytest.mark.usefixtures("counter")
    def test_threads_lose_no_update(self, database: Database) -> None:
        """Threads that each read, add one and write lose none of their additions."""
        run_together([lambda: count_up(database, times=25)] * 8)

        assert read_counter(database) == 8 * 25

    @pytest.mark.usefixtures("counter")
    def test_processes_lose_no_update(self, database: Database, settings: Settings) -> None:
        """Processes that each read, add one and write lose none of their additions."""
        count_up_in_processes(settings, processes=3, times=60)

        assert read_counter(database) == 3 * 60

    def test_references_are_enforced(self, database: Database) -> None:
        """A key of a project that does not exist is refused."""
        with pytest.raises(IntegrityError, match="FOREIGN KEY"):
            add_orphaned_key(database)

    @pytest.mark.parametrize("synchronous", ["FULL", "NORMAL"])
    def test_the_log_is_written_ahead(self, settings: Settings, synchronous: str) -> None:
        """Connections use the write-ahead log and the durability that is configured."""
        engine = create_write_engine(settings.model_copy(update={"sqlite_synchronous": synchronous}))

        with engine.connect() as connection:
            found = [connection.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")]
        engine.dispose()

        assert found == ["wal", {"NORMAL": 1, "FULL": 2}[synchronous]]


class TestReading:
    @pytest.mark.usefixtures("counter")
    def test_a_reader_does_not_wait_for_a_writer(self, database: Database) -> None:
        """A reader sees the last committed state while a writer is in the middle."""
        with database.transaction() as session:
            session.exec(select(NamedLease)).one().fence = 7
            session.flush()

            assert read_counter(database) == 0

        assert read_counter(database) == 7

    @pytest.mark.usefixtures("counter")
    def test_a_reader_cannot_write(self, database: Database) -> None:
        """A session for reading refuses to write."""
        with database.reading() as session:
            session.exec(select(NamedLease)).one().fence = 7

            with pytest.raises(DBAPIError, match=r"read-?only"):
                session.flush()


class TestSqliteVersions:
    @pytest.mark.parametrize("version", [(3, 40, 1), (3, 51, 2)])
    def test_a_release_that_can_lose_data_is_refused(
        self, version: tuple[int, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """SQLite releases whose WAL mode can lose committed data are refused by name, with the cure."""
        monkeypatch.setattr(dbapi2, "sqlite_version_info", version)

        with pytest.raises(RuntimeError, match="install pysqlite3"):
            create_write_engine(Settings(data_dir=tmp_path))

    def test_the_first_repaired_release_is_taken(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """SQLite 3.51.3, the first release without the defect, is good enough."""
        monkeypatch.setattr(dbapi2, "sqlite_version_info", (3, 51, 3))

        create_write_engine(Settings(data_dir=tmp_path)).dispose()


@on_postgresql
class TestPostgres:
    @pytest.mark.parametrize("name", ["statement_timeout", "idle_in_transaction_session_timeout"])
    def test_nothing_runs_for_ever(self, database: Database, name: str) -> None:
        """A statement that hangs, or a transaction left open, ends after a minute."""
        with database.reading() as session:
            shown = session.connection().execute(text(f"SHOW {name}")).scalar()

        assert shown == "1min"

    @pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
    def test_every_spelling_of_the_url_is_understood(self, settings: Settings, scheme: str) -> None:
        """A database URL works as hosting companies spell it."""
        url = settings.database_url.replace("postgresql", scheme, 1)
        database = Database(Settings(database_url=url))

        database.check()

        database.close()


class TestErrors:
    def test_values_stay_out_of_messages(self, database: Database) -> None:
        """A failing statement never shows the values it carried, which may be secrets."""
        with pytest.raises(DBAPIError) as failure:
            add_orphaned_key(database)

        assert "do-not-show-me" not in str(failure.value)


class TestManyThreads:
    @pytest.mark.usefixtures("counter")
    def test_more_threads_than_connections_take_turns(self, database: Database) -> None:
        """More threads than pooled connections wait for each other instead of failing."""
        answers = run_together([lambda: read_counter(database)] * 30)

        assert answers == [0] * 30


def add_orphaned_key(database: Database) -> None:
    """A key whose project does not exist."""
    with database.transaction() as session:
        session.add(
            ApiKey(
                id="key_orphan",
                organization_id="org-none",
                project_id="proj_none",
                name="orphan",
                role="member",
                key_hash="do-not-show-me",
                last_four="none",
                created_at=0,
            )
        )
