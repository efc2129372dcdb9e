"""Every query of the tenants domain. Looking up a key is what makes a tenant, so these run before one is known."""

from sqlalchemy import or_, update
from sqlmodel import Session, col, func, select

from shared.tenants.tables import ApiKey, Organization, Project


def find_key_system(session: Session, key_id: str) -> tuple[ApiKey, Project] | None:
    """A key and its project, whatever its state."""
    statement = (
        select(ApiKey, Project).join(Project, col(ApiKey.project_id) == col(Project.id)).where(ApiKey.id == key_id)
    )
    return session.exec(statement).first()


def find_first_organization_system(session: Session) -> Organization | None:
    return session.exec(select(Organization).order_by(col(Organization.id))).first()


def get_project_system(session: Session, project_id: str) -> Project:
    return session.exec(select(Project).where(Project.id == project_id)).one()


def replace_hash(session: Session, project_id: str, key_id: str, *, key_hash: str, hashed_under: str) -> None:
    statement = update(ApiKey).where(col(ApiKey.project_id) == project_id, col(ApiKey.id) == key_id)
    session.execute(statement.values(key_hash=key_hash, hashed_under=hashed_under))


def count_old_hashes_system(session: Session, *, current: str, now: int) -> int:
    hashed_under, expires_at = col(ApiKey.hashed_under), col(ApiKey.expires_at)
    statement = (
        select(func.count())
        .select_from(ApiKey)
        .where(
            or_(hashed_under.is_(None), hashed_under != current),
            col(ApiKey.revoked_at).is_(None),
            or_(expires_at.is_(None), expires_at > now),
        )
    )
    return session.exec(statement).one()
