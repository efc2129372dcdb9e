"""The first organization, project and keys of an empty installation."""

from typing import NamedTuple

from shared.db.session import Database
from shared.outbox.relay import hold_lease_system
from shared.settings import Settings
from shared.tenants import repository, service
from shared.tenants.service import Role

_LEASE_NAME = "bootstrap"


class Credentials(NamedTuple):
    api_key: str
    admin_key: str


def bootstrap(settings: Settings) -> Credentials | None:
    """Make the first tenant and return its keys; None when there is one already.

    The check and the rows are one transaction, so two starts beside each other make one tenant.
    """
    database = Database(settings)
    try:
        with database.transaction() as session:
            # Whoever comes second waits here until the first has committed, and then finds its organization.
            hold_lease_system(session, name=_LEASE_NAME, holder=_LEASE_NAME, seconds=0)
            if repository.find_first_organization_system(session) is not None:
                return None
            organization = service.create_organization(session, name="Default organization")
            project = service.create_project(session, organization_id=organization.id, name="default")
            secret = settings.secret_key.get_secret_value()
            return Credentials(
                api_key=service.create_key(
                    session, project=project, name="first key", role=Role.MEMBER, secret_key=secret
                ),
                admin_key=service.create_key(
                    session, project=project, name="first admin key", role=Role.ADMIN, secret_key=secret
                ),
            )
    finally:
        database.close()
