"""Migrations on both databases: up, down and up again, alone and beside another start."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from shared.db.engine import create_migration_engine
from shared.db.session import Database
from shared.db.tables import metadata
from shared.migrations import runner
from shared.migrations.runner import UnknownRevisionError, alembic_config, downgrade, upgrade
from shared.settings import Settings
from tests.fixtures.database import make_tenant
from tests.fixtures.together import run_together
from tests.fixtures.waiting import wait_until

TABLES = {table.name for table in metadata.tables.values()} | {"alembic_version"}
_WAITS_FOR_LOCK = """
    SELECT count(*) FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND now() - query_start > interval '3.2 seconds' AND datname = current_database()
"""


@contextmanager
def migration_engine(settings: Settings) -> Iterator[Engine]:
    engine = create_migration_engine(settings)
    yield engine
    engine.dispose()


def table_names(settings: Settings) -> set[str]:
    with migration_engine(settings) as engine:
        return set(inspect(engine).get_table_names())


class TestUpgrade:
    def test_makes_every_table(self, empty_settings: Settings) -> None:
        """An empty database gets every table of the service."""
        upgrade(empty_settings)

        assert table_names(empty_settings) == TABLES

    def test_a_second_time_changes_nothing(self, empty_settings: Settings) -> None:
        """Starting again on a database that is up to date leaves it as it is."""
        upgrade(empty_settings)
        upgrade(empty_settings)

        assert table_names(empty_settings) == TABLES

    def test_two_starts_at_once_make_one_database(self, empty_settings: Settings) -> None:
        """Two processes that start beside each other on an empty database both find it migrated."""
        run_together([lambda: upgrade(empty_settings)] * 2)

        assert table_names(empty_settings) == TABLES

    def test_makes_what_the_code_expects(self, empty_settings: Settings) -> None:
        """A migrated database has exactly the tables, columns and indexes that the code declares."""
        upgrade(empty_settings)

        with migration_engine(empty_settings) as engine, engine.connect() as connection:
            command.check(alembic_config(connection))


class TestDowngrade:
    def test_to_the_base_leaves_nothing(self, empty_settings: Settings) -> None:
        """Going all the way back removes every table of the service."""
        upgrade(empty_settings)

        downgrade(empty_settings, "base")

        assert table_names(empty_settings) == {"alembic_version"}

    def test_and_up_again_gives_the_same_database(self, empty_settings: Settings) -> None:
        """A database that went back and up again is as good as a new one."""
        upgrade(empty_settings)
        downgrade(empty_settings, "base")
        upgrade(empty_settings)

        assert table_names(empty_settings) == TABLES
        with migration_engine(empty_settings) as engine, engine.connect() as connection:
            command.check(alembic_config(connection))


class TestRows:
    def test_survive_a_start(self, settings: Settings, database: Database) -> None:
        """Rows are still there after the migrations have run over them."""
        tenant = make_tenant(database, settings, name="Survivor")

        upgrade(settings)

        with database.reading() as session:
            names = session.connection().execute(text("SELECT name FROM organizations")).scalars().all()
        assert list(names) == ["Survivor"]
        assert tenant.project_id


class TestUnknownRevision:
    def test_a_newer_database_is_left_alone(self, empty_settings: Settings) -> None:
        """A database of a newer release is refused by its revision and stays as it was."""
        upgrade(empty_settings)
        with migration_engine(empty_settings) as engine, engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = 'f00d'"))

        with pytest.raises(UnknownRevisionError, match="f00d"):
            upgrade(empty_settings)

        assert table_names(empty_settings) == TABLES


class TestHistory:
    def test_is_one_line(self) -> None:
        """There is one newest revision, and every revision but the first names the one before it."""
        revisions = list(ScriptDirectory.from_config(alembic_config()).walk_revisions())

        names = [revision.revision for revision in revisions]
        assert [revision.down_revision for revision in revisions] == [*names[1:], None]


class TestReferences:
    def test_a_migration_that_breaks_one_is_rolled_back(self, sqlite_settings: Settings) -> None:
        """On SQLite, rows that would point at nothing stop the migration before it is committed."""
        with migration_engine(sqlite_settings) as engine, engine.begin() as connection:
            connection.execute(text("INSERT INTO projects VALUES ('proj_1', 'org-gone', 'orphan', 'orphan', 0)"))

        with pytest.raises(runner.MigrationBrokeReferencesError, match="projects"):
            upgrade(sqlite_settings)


class TestTakingTurns:
    def test_a_start_waits_for_a_long_migration(self, empty_postgresql_settings: Settings) -> None:
        """On PostgreSQL a start waits for the one that is migrating, however long that takes."""
        url = empty_postgresql_settings.database_url
        waiting = threading.Thread(target=upgrade, args=(empty_postgresql_settings,))
        with closing(psycopg.connect(url, autocommit=True)) as first:
            first.execute("SELECT pg_advisory_lock(%s)", (runner._LOCK_KEY,))
            waiting.start()
            wait_until(lambda: first.execute(_WAITS_FOR_LOCK).fetchone() == (1,), what="a start that waits patiently")
            first.execute("SELECT pg_advisory_unlock(%s)", (runner._LOCK_KEY,))
            waiting.join(timeout=30)

        assert table_names(empty_postgresql_settings) == TABLES
