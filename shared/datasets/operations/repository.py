"""Every query of dataset operations, born with a project."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from shared.datasets.operations.tables import DatasetOperation


def find_operation(session: Session, project_id: str, operation_id: str) -> DatasetOperation | None:
    """The row as it is now, also where this session has seen it before."""
    statement = (
        select(DatasetOperation)
        .where(DatasetOperation.project_id == project_id, DatasetOperation.id == operation_id)
        .execution_options(populate_existing=True)
    )
    return session.exec(statement).first()


def list_operations(
    session: Session, project_id: str, *, after: str | None, limit: int, kind: str | None
) -> list[DatasetOperation]:
    statement = select(DatasetOperation).where(DatasetOperation.project_id == project_id)
    if kind is not None:
        statement = statement.where(DatasetOperation.kind == kind)
    if after is not None:
        statement = statement.where(col(DatasetOperation.id) < after)
    return list(session.exec(statement.order_by(col(DatasetOperation.id).desc()).limit(limit)))


def count_operations(session: Session, project_id: str, *, in_states: Sequence[str], limit: int) -> int:
    """How many there are, counted up to `limit`."""
    found = (
        select(DatasetOperation.id)
        .where(DatasetOperation.project_id == project_id, col(DatasetOperation.state).in_(in_states))
        .limit(limit)
    )
    return session.exec(select(func.count()).select_from(found.subquery())).one()


def update_operation(
    session: Session, project_id: str, operation_id: str, values: dict[str, Any], *, in_states: Sequence[str]
) -> bool:
    """Change the row if it is in one of these states; whether it was."""
    statement = (
        update(DatasetOperation)
        .where(
            col(DatasetOperation.project_id) == project_id,
            col(DatasetOperation.id) == operation_id,
            col(DatasetOperation.state).in_(in_states),
        )
        .values(**values)
        .returning(col(DatasetOperation.id))
    )
    return session.execute(statement).first() is not None
