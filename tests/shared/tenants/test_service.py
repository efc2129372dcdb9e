"""From keys to principals, and the first tenant of an installation."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, text
from sqlmodel import select

from shared import clock
from shared.db.session import Database
from shared.ids import Prefix, new_id
from shared.settings import Settings
from shared.tenants import service
from shared.tenants.bootstrap import Credentials, bootstrap
from shared.tenants.keys import make_key
from shared.tenants.service import InvalidApiKeyError, Principal, Role, authenticate, create_key
from shared.tenants.tables import ApiKey, Organization, Project
from tests.fixtures.database import Tenant
from tests.fixtures.settings import SECRET_KEY, on_sqlite
from tests.fixtures.together import run_together


def principal_of(database: Database, key: str, *, secret_key: str = SECRET_KEY) -> Principal:
    with database.reading() as session:
        return authenticate(session, presented=key, secret_key=secret_key)


def change_key(database: Database, key: str, **values: int) -> None:
    """Change the row of a key."""
    key_id = principal_of(database, key).key_id
    with database.transaction() as session:
        row = session.exec(select(ApiKey).where(ApiKey.id == key_id)).one()
        for name, value in values.items():
            setattr(row, name, value)
        session.add(row)


class TestAuthenticating:
    def test_a_key_opens_its_project(self, database: Database, tenant: Tenant) -> None:
        """A key stands for one organization, one project and one role."""
        principal = principal_of(database, tenant.admin_key)

        assert principal == Principal(tenant.organization_id, tenant.project_id, "acme", principal.key_id, Role.ADMIN)

    def test_a_key_opens_no_other_project(self, database: Database, tenant: Tenant, other_tenant: Tenant) -> None:
        """Keys of two tenants stand for two projects."""
        assert principal_of(database, tenant.api_key).project_id != other_tenant.project_id

    def test_the_key_itself_is_stored_nowhere(self, database: Database, tenant: Tenant) -> None:
        """The database holds a hash of each key and its last four characters, never the key."""
        with database.reading() as session:
            rows = session.connection().execute(text("SELECT * FROM api_keys")).all()
        stored = repr(rows)

        assert tenant.api_key not in stored
        assert tenant.api_key[-20:-4] not in stored
        assert f"'{tenant.api_key[-4:]}'" in stored

    def test_a_key_that_expires_later_is_good(self, database: Database, tenant: Tenant) -> None:
        """A key works until the second it expires in."""
        change_key(database, tenant.api_key, expires_at=clock.now_seconds() + 60)

        assert principal_of(database, tenant.api_key) == tenant.principal

    def test_another_service_secret_opens_nothing(self, database: Database, tenant: Tenant) -> None:
        """A stolen database is of no use under another secret key."""
        with pytest.raises(InvalidApiKeyError):
            principal_of(database, tenant.api_key, secret_key="another-secret-key-of-32-characters!")


def expired(database: Database, tenant: Tenant) -> str:
    change_key(database, tenant.api_key, expires_at=clock.now_seconds())
    return tenant.api_key


def revoked(database: Database, tenant: Tenant) -> str:
    change_key(database, tenant.api_key, revoked_at=clock.now_seconds())
    return tenant.api_key


def unknown(_database: Database, _tenant: Tenant) -> str:
    return make_key(new_id(Prefix.API_KEY))


def of_known_row_with_other_secret(_database: Database, tenant: Tenant) -> str:
    return make_key(tenant.principal.key_id)


def malformed(_database: Database, tenant: Tenant) -> str:
    return tenant.api_key[:-1]


def empty(_database: Database, _tenant: Tenant) -> str:
    return ""


class TestRefusing:
    @pytest.mark.parametrize(
        "bad_key",
        [expired, revoked, unknown, of_known_row_with_other_secret, malformed, empty],
        ids=lambda f: f.__name__,
    )
    def test_every_bad_key_hears_the_same(
        self, database: Database, tenant: Tenant, bad_key: Callable[[Database, Tenant], str]
    ) -> None:
        """Unknown, expired, revoked and malformed keys get one message, so that nothing is learnt by trying."""
        key = bad_key(database, tenant)

        with pytest.raises(InvalidApiKeyError) as refusal:
            principal_of(database, key)

        assert str(refusal.value) == str(InvalidApiKeyError())
        assert refusal.value.code == "invalid_api_key"

    def test_junk_costs_no_look_up(self, database: Database, tenant: Tenant) -> None:
        """A key that cannot be one of ours is refused without asking the database."""
        with database.reading() as session, statements_of(session.get_bind()) as statements:
            with pytest.raises(InvalidApiKeyError):
                authenticate(session, presented=tenant.api_key[:-1], secret_key=SECRET_KEY)

            assert statements == []

            authenticate(session, presented=tenant.api_key, secret_key=SECRET_KEY)

            assert len(statements) == 1


@contextmanager
def statements_of(bind: object) -> Iterator[list[str]]:
    """Every statement that an engine runs inside the block."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    event.listen(bind, "before_cursor_execute", note)
    yield statements
    event.remove(bind, "before_cursor_execute", note)


class TestProjects:
    @pytest.mark.parametrize(
        ("name", "slug"),
        [
            ("default", "default"),
            ("My Team's Project!", "my-team-s-project"),
            ("  ", "project"),
            ("日本", "project"),
            ("a:b:c", "a-b-c"),
            ("x" * 100, "x" * 40),
        ],
    )
    @on_sqlite
    def test_get_a_slug_that_fits_model_names(self, database: Database, name: str, slug: str) -> None:
        """A project's slug is made of letters, digits and hyphens, as it becomes part of model names."""
        with database.transaction() as session:
            organization = service.create_organization(session, name="Org")
            project = service.create_project(session, organization_id=organization.id, name=name)

        assert project.slug == slug


class TestRoles:
    @pytest.mark.parametrize("role", Role)
    def test_a_key_keeps_its_role(self, database: Database, tenant: Tenant, role: Role) -> None:
        """The role given when a key is made is the role it has."""
        with database.transaction() as session:
            project = session.exec(select(Project).where(Project.id == tenant.project_id)).one()
            key = create_key(session, project=project, name="k", role=role, secret_key=SECRET_KEY)

        assert principal_of(database, key).role is role


class TestBootstrap:
    def test_an_empty_installation_gets_its_first_keys(self, database: Database, settings: Settings) -> None:
        """The first start makes one organization, one project and a working key for each role."""
        credentials = bootstrap(settings)

        assert credentials is not None
        assert principal_of(database, credentials.api_key).role is Role.MEMBER
        assert principal_of(database, credentials.admin_key).role is Role.ADMIN

    def test_a_second_start_makes_nothing(self, database: Database, settings: Settings) -> None:
        """Later starts leave tenants as they are."""
        bootstrap(settings)

        assert bootstrap(settings) is None
        assert count_organizations(database) == 1

    def test_two_starts_at_once_make_one_tenant(self, database: Database, settings: Settings) -> None:
        """Two processes that start beside each other make one tenant; one of them gets its keys."""
        answers: list[Credentials | None] = run_together([lambda: bootstrap(settings)] * 4)

        assert sum(answer is not None for answer in answers) == 1
        assert count_organizations(database) == 1


def count_organizations(database: Database) -> int:
    with database.reading() as session:
        return len(session.exec(select(Organization)).all())
