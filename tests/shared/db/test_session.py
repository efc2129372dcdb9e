"""Sessions: one commit at the end, hints after it, inserts that may meet a twin."""

from typing import Any

import pytest
from sqlmodel import select

from shared.db.session import Database, Hint, announce, insert_ignoring_duplicates
from shared.outbox.tables import NamedLease
from shared.settings import Settings

HINT = Hint("data", "files.process", "work_1")


def lease_row(name: str, *, holder: str = "nobody") -> dict[str, Any]:
    return {"name": name, "holder": holder, "until": 0.0, "fence": 0}


def read_names(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.exec(select(NamedLease.name).order_by(NamedLease.name)))


def write_and_fail(database: Database) -> None:
    with database.transaction() as session:
        announce(session, HINT)
        session.add(NamedLease(**lease_row("a")))
        session.flush()
        raise ZeroDivisionError


class TestTransaction:
    def test_commits_when_the_block_ends(self, database: Database) -> None:
        """What a block wrote is there once the block has ended."""
        with database.transaction() as session:
            session.add(NamedLease(**lease_row("a")))

        assert read_names(database) == ["a"]

    def test_an_exception_leaves_nothing(self, database: Database) -> None:
        """A block that fails leaves nothing of what it wrote."""
        with pytest.raises(ZeroDivisionError):
            write_and_fail(database)

        assert read_names(database) == []

    def test_rows_outlive_the_block(self, database: Database) -> None:
        """Rows may be read after their transaction has ended."""
        with database.transaction() as session:
            row = NamedLease(**lease_row("a"))
            session.add(row)

        assert row.name == "a"


class TestHints:
    def test_are_rung_after_the_commit(self, settings: Settings) -> None:
        """When a hint is rung, everybody can already see the row it points at."""
        seen_at_ringing: list[list[str]] = []
        database = Database(settings, lambda _hints: seen_at_ringing.append(read_names(database)))

        with database.transaction() as session:
            announce(session, HINT)
            session.add(NamedLease(**lease_row("a")))
        database.close()

        assert seen_at_ringing == [["a"]]

    def test_are_dropped_with_their_transaction(self, database: Database, rung: list[Hint]) -> None:
        """A transaction that fails rings nothing."""
        with pytest.raises(ZeroDivisionError):
            write_and_fail(database)

        assert rung == []

    def test_are_rung_once_each_and_in_order(self, database: Database, rung: list[Hint]) -> None:
        """Hints of one transaction are rung in their order; the next transaction does not repeat them."""
        other = HINT._replace(work_id="work_2")
        with database.transaction() as session:
            announce(session, HINT)
            announce(session, other)
        with database.transaction():
            pass

        assert rung == [HINT, other]

    def test_need_nobody_to_listen(self, settings: Settings) -> None:
        """A database without a bell commits all the same."""
        database = Database(settings)

        with database.transaction() as session:
            announce(session, HINT)
            session.add(NamedLease(**lease_row("a")))

        assert read_names(database) == ["a"]
        database.close()


class TestInsertIgnoringDuplicates:
    def test_counts_the_rows_that_were_new(self, database: Database) -> None:
        """Rows that exist are skipped, the others are written and counted."""
        with database.transaction() as session:
            insert_ignoring_duplicates(session, NamedLease, [lease_row("a", holder="first")])
            new = insert_ignoring_duplicates(session, NamedLease, [lease_row("a", holder="second"), lease_row("b")])
            holders = list(session.exec(select(NamedLease.holder).order_by(NamedLease.name)))

        assert (new, holders) == (1, ["first", "nobody"])

    def test_takes_no_rows(self, database: Database) -> None:
        """No rows are no work."""
        with database.transaction() as session:
            assert insert_ignoring_duplicates(session, NamedLease, []) == 0


class TestCheck:
    def test_passes_on_a_database_that_answers(self, database: Database) -> None:
        """A database that answers passes its check."""
        database.check()

    def test_fails_on_one_that_does_not(self) -> None:
        """A database that does not answer fails its check with the driver's own error."""
        database = Database(Settings(database_url="postgresql://nobody@127.0.0.1:1/none"))

        with pytest.raises(Exception, match="refused"):
            database.check()

        database.close()
