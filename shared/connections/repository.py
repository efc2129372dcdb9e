"""Every query of the connections domain, born with a project: its own connections and those of its organization."""

from sqlalchemy import ColumnElement, and_, or_, update
from sqlmodel import Session, col, func, select

from shared.connections.tables import Connection
from shared.tenants.tables import Project


def find_connection(session: Session, project_id: str, connection_id: str) -> Connection | None:
    statement = select(Connection).where(_is_visible(project_id), Connection.id == connection_id)
    return session.exec(statement).first()


def list_connections(session: Session, project_id: str, *, after: str | None, limit: int | None) -> list[Connection]:
    """Newest first."""
    statement = select(Connection).where(_is_visible(project_id))
    if after is not None:
        statement = statement.where(col(Connection.id) < after)
    return list(session.exec(statement.order_by(col(Connection.id).desc()).limit(limit)))


def count_connections(session: Session, project_id: str) -> int:
    return session.exec(select(func.count()).select_from(Connection).where(_is_visible(project_id))).one()


def clear_default(session: Session, project_id: str, *, is_of_organization: bool, but: str) -> None:
    """Let no connection of a scope be the default but one."""
    own = col(Connection.project_id).is_(None) if is_of_organization else col(Connection.project_id) == project_id
    statement = update(Connection).where(_is_visible(project_id), own, col(Connection.id) != but)
    session.execute(statement.values(is_default=False), execution_options={"synchronize_session": False})


def list_sealed_elsewhere_system(session: Session, prefix: str, *, after: str, limit: int) -> list[Connection]:
    """In order of ids, those whose seal does not begin with `prefix`. Emptied ones hold nothing to seal."""
    sealed = col(Connection.sealed_secret)
    statement = select(Connection).where(
        col(Connection.id) > after, sealed != "", ~sealed.startswith(prefix, autoescape=True)
    )
    return list(session.exec(statement.order_by(col(Connection.id)).limit(limit)))


def replace_seal_system(session: Session, row_id: str, *, old: str, new: str) -> None:
    """Nothing happens when the secret was replaced meanwhile."""
    statement = update(Connection).where(col(Connection.id) == row_id, col(Connection.sealed_secret) == old)
    session.execute(statement.values(sealed_secret=new))


def sealing_keys_system(session: Session) -> set[str]:
    """Ids of keys, as sealed texts name them: `v2.<eight characters>.…`."""
    named = func.substr(col(Connection.sealed_secret), 4, 8)
    return set(session.exec(select(named).where(col(Connection.sealed_secret).startswith("v2.")).distinct()))


def _is_visible(project_id: str) -> ColumnElement[bool]:
    organization = select(Project.organization_id).where(Project.id == project_id).scalar_subquery()
    return and_(
        col(Connection.deleted_at).is_(None),
        or_(
            col(Connection.project_id) == project_id,
            and_(col(Connection.project_id).is_(None), col(Connection.organization_id) == organization),
        ),
    )
