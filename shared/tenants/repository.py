"""Every query of the tenants domain. Looking up a key is what makes a tenant, so these run before one is known."""

from sqlmodel import Session, col, select

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
