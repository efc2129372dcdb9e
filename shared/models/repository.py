"""Every query of the models domain, born with a project."""

from sqlalchemy import update
from sqlmodel import Session, col, select

from shared import clock
from shared.models.tables import Model


def find_model(session: Session, project_id: str, name: str) -> Model | None:
    statement = select(Model).where(Model.project_id == project_id, Model.name == name, col(Model.deleted_at).is_(None))
    return session.exec(statement).first()


def list_models(session: Session, project_id: str) -> list[Model]:
    statement = select(Model).where(Model.project_id == project_id, col(Model.deleted_at).is_(None))
    return list(session.exec(statement.order_by(col(Model.created_at), col(Model.name))))


def mark_deleted(session: Session, project_id: str, name: str) -> None:
    session.execute(
        update(Model)
        .where(col(Model.project_id) == project_id, col(Model.name) == name)
        .values(deleted_at=clock.now_seconds())
    )


def list_of_connection_system(session: Session, connection_id: str) -> list[Model]:
    """Every project's models that a connection serves."""
    statement = select(Model).where(Model.connection_id == connection_id, col(Model.deleted_at).is_(None))
    return list(session.exec(statement))
