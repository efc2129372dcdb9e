"""Every query of the usage domain, born with a project."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, insert, select
from sqlmodel import Session, col

from shared.clock import DAY_SECONDS
from shared.usage.tables import UsageRecord


@dataclass(frozen=True)
class DailyUsage:
    """What one model used in one day (UTC). `day` is its first second."""

    day: int
    model: str
    connection_id: str | None
    requests: int
    prompt_tokens: int
    completion_tokens: int


def insert_records_system(session: Session, records: Sequence[dict[str, object]]) -> None:
    """Many records of many projects at once; each row carries its own."""
    session.execute(insert(UsageRecord), list(records))


def sum_by_day(session: Session, project_id: str, *, start: int, end: int) -> list[DailyUsage]:
    """Days in which something was used, oldest first, `start` ≤ created_at < `end`."""
    day = col(UsageRecord.created_at) - col(UsageRecord.created_at) % DAY_SECONDS
    model, connection = col(UsageRecord.model), col(UsageRecord.connection_id)
    statement = (
        select(
            day.label("day"),
            model,
            connection,
            func.count(),
            func.coalesce(func.sum(col(UsageRecord.prompt_tokens)), 0),
            func.coalesce(func.sum(col(UsageRecord.completion_tokens)), 0),
        )
        .where(
            col(UsageRecord.project_id) == project_id,
            col(UsageRecord.created_at) >= start,
            col(UsageRecord.created_at) < end,
        )
        .group_by("day", model, connection)
        .order_by("day", model)
    )
    return [
        DailyUsage(int(row[0]), row[1], row[2], row[3], int(row[4]), int(row[5])) for row in session.execute(statement)
    ]


def models_used_system(session: Session, connection_id: str, *, since: int) -> list[tuple[str, str]]:
    """Project and model of every pair that asked a connection for something."""
    project, model = col(UsageRecord.project_id), col(UsageRecord.model)
    statement = select(project, model).where(
        col(UsageRecord.connection_id) == connection_id, col(UsageRecord.created_at) >= since
    )
    return [(row[0], row[1]) for row in session.execute(statement.distinct())]
