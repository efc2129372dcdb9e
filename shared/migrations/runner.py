"""Bringing a database to a revision, in one transaction, on an engine made for it."""

import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from shared.db.engine import create_migration_engine
from shared.settings import Settings, load_settings

_LOCK_KEY = 0x74756E65
"PostgreSQL advisory lock held while migrating, so that two starting processes do not both migrate."


class UnknownRevisionError(Exception):
    """The database was migrated by a newer release than this one."""


class MigrationBrokeReferencesError(Exception):
    """A migration left rows pointing at nothing; it was rolled back."""


def upgrade(settings: Settings, revision: str = "head") -> None:
    """Run every migration up to `revision`. Raises UnknownRevisionError and leaves the database alone."""
    _run(settings, revision, downwards=False)


def downgrade(settings: Settings, revision: str) -> None:
    """Run migrations backwards to `revision`; `base` empties the database."""
    _run(settings, revision, downwards=True)


def alembic_config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


def _run(settings: Settings, revision: str, *, downwards: bool) -> None:
    engine = create_migration_engine(settings)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                _take_turn(connection)
            config = alembic_config(connection)
            _refuse_unknown_revision(connection, config)
            (command.downgrade if downwards else command.upgrade)(config, revision)
            if connection.dialect.name == "sqlite":
                _check_references(connection)
    finally:
        engine.dispose()


def _take_turn(connection: Connection) -> None:
    # Whoever migrates now may take long, and so may a statement of ours on a large table.
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK_KEY})"))
    # A migration that waits for a table blocks every query queued behind it, so it gives up instead.
    connection.execute(text("SET LOCAL lock_timeout = '3s'"))


def _refuse_unknown_revision(connection: Connection, config: Config) -> None:
    current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        raise UnknownRevisionError(
            f"The database is at revision {current}, which this release does not know. "
            "Run the release that made it, or a newer one."
        )


def _check_references(connection: Connection) -> None:
    broken = connection.execute(text("PRAGMA foreign_key_check")).all()
    if broken:
        raise MigrationBrokeReferencesError(f"{len(broken)} rows would point at nothing, first: {tuple(broken[0])}")


if __name__ == "__main__":
    upgrade(load_settings(), sys.argv[1] if len(sys.argv) > 1 else "head")
