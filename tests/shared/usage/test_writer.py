"""Usage written down off the path of requests, and summed up by day."""

from sqlmodel import func, select

from shared.clock import DAY_SECONDS
from shared.db.session import Database
from shared.settings import Settings
from shared.usage import service
from shared.usage.repository import DailyUsage
from shared.usage.tables import UsageRecord
from shared.usage.writer import Row, UsageWriter
from tests.fixtures.database import Tenant
from tests.fixtures.settings import on_sqlite

DAY = 20_000 * DAY_SECONDS


def row(tenant: Tenant, *, at: int = DAY, model: str = "m", connection_id: str | None = None) -> Row:
    usage = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
    made = service.usage_row(
        project_id=tenant.project_id,
        key_id="key_1",
        connection_id=connection_id,
        model=model,
        usage=usage,
        is_stream=False,
    )
    return made | {"created_at": at}


def write(database: Database, *rows: Row) -> None:
    writer = UsageWriter(database)
    for each in rows:
        writer.tell(each)
    writer.close()


class TestSums:
    def test_are_by_day_model_and_connection(self, database: Database, tenant: Tenant, other_tenant: Tenant) -> None:
        """Each day, model and connection of a project is one sum; other projects and other days are not in it."""
        write(
            database,
            row(tenant, at=DAY),
            row(tenant, at=DAY + DAY_SECONDS - 1),
            row(tenant, at=DAY + DAY_SECONDS),
            row(tenant, at=DAY, connection_id="conn_1"),
            row(tenant, at=DAY - 1),
            row(other_tenant, at=DAY),
        )

        with database.reading() as session:
            sums = service.usage_by_day(session, tenant.project_id, start=DAY, end=DAY + 2 * DAY_SECONDS)

        assert sorted(sums, key=lambda used: (used.day, used.connection_id or "")) == [
            DailyUsage(DAY, "m", None, 2, 10, 4),
            DailyUsage(DAY, "m", "conn_1", 1, 5, 2),
            DailyUsage(DAY + DAY_SECONDS, "m", None, 1, 5, 2),
        ]


@on_sqlite
class TestWriter:
    def test_writes_everything_before_it_ends(self, database: Database, tenant: Tenant) -> None:
        """A process that ends in order loses nothing, however much waits."""
        write(database, *(row(tenant) for _ in range(1200)))

        with database.reading() as session:
            assert session.exec(select(func.count()).select_from(UsageRecord)).one() == 1200

    def test_ends_when_the_database_is_away(self, tenant: Tenant) -> None:
        """A database that does not answer keeps no process from ending, nor any request from its answer."""
        away = Database(Settings(database_url="postgresql://nobody@127.0.0.1:1/none"))

        write(away, row(tenant))

        away.close()
