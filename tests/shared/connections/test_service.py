"""Connections as they are kept: scope, names, secrets, state."""

import pytest
from sqlalchemy import text

from shared.connections import service
from shared.connections.errors import (
    AdminKeyNeededError,
    ConnectionNameTakenError,
    ConnectionNotFoundError,
    ConnectionSecretLostError,
)
from shared.connections.kinds import ConnectionKind, ConnectionState
from shared.connections.service import ConnectionRequest
from shared.db.session import Database
from shared.errors import InvalidInputError
from shared.settings import Settings
from tests.fixtures.database import Tenant
from tests.fixtures.settings import on_sqlite
from tests.shared.connections.acting import SECRET, create


class TestSecrets:
    def test_open_for_a_call(self, database: Database, settings: Settings, tenant: Tenant) -> None:
        """What a provider is called with has address, key and headers."""
        connection = create(database, settings, tenant, organization_header="org-theirs", project_header="proj_theirs")

        with database.reading() as session:
            upstream = service.open_upstream(session, tenant.project_id, connection.id, settings=settings)

        assert (upstream.base_url, upstream.api_key.get_secret_value()) == ("https://provider.example/v1", SECRET)
        assert upstream.headers == {"OpenAI-Organization": "org-theirs", "OpenAI-Project": "proj_theirs"}
        assert SECRET not in repr(upstream)

    def test_are_not_in_the_database(self, database: Database, settings: Settings, tenant: Tenant) -> None:
        """A row shows the last four characters of a key and no more."""
        connection = create(database, settings, tenant)

        with database.reading() as session:
            row = str(session.connection().execute(text("SELECT * FROM connections")).one())

        assert connection.secret_hint == "…wxyz"
        assert SECRET not in row

    def test_short_ones_have_no_hint(self, database: Database, settings: Settings, tenant: Tenant) -> None:
        """A key so short that the hint would be much of it is not hinted at."""
        assert create(database, settings, tenant, secret="abcdef").secret_hint == "…"

    def test_do_not_open_in_another_row(
        self, database: Database, settings: Settings, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        """A sealed key copied into somebody else's connection does not open there."""
        create(database, settings, tenant)
        other = create(database, settings, other_tenant, name="other")
        with database.transaction() as session:
            stolen = "(SELECT sealed_secret FROM connections WHERE name = 'provider')"
            session.connection().execute(text(f"UPDATE connections SET sealed_secret = {stolen}"))  # noqa: S608  a test

        with database.reading() as session, pytest.raises(ConnectionSecretLostError):
            service.open_upstream(session, other_tenant.project_id, other.id, settings=settings)

    def test_are_forgotten_with_the_connection(self, database: Database, settings: Settings, tenant: Tenant) -> None:
        """Deleting a connection erases its key."""
        connection = create(database, settings, tenant)

        with database.transaction() as session:
            service.delete_connection(session, tenant.principal, connection.id)

        with database.reading() as session:
            rows = session.connection().execute(text("SELECT sealed_secret FROM connections")).all()
            assert [tuple(row) for row in rows] == [("",)]
            with pytest.raises(ConnectionNotFoundError):
                service.open_upstream(session, tenant.project_id, connection.id, settings=settings)


@on_sqlite
class TestScope:
    def test_of_the_organization_needs_an_admin(self, database: Database, settings: Settings, tenant: Tenant) -> None:
        """A connection for every project is made, changed and deleted with an admin key only."""
        shared = create(database, settings, tenant, is_of_organization=True)
        request = ConnectionRequest(name="new", kind=ConnectionKind.OPENAI, secret=SECRET, is_of_organization=True)

        with database.transaction() as session:
            member = tenant.principal
            with pytest.raises(AdminKeyNeededError):
                service.create_connection(session, member, request, settings=settings)
            with pytest.raises(AdminKeyNeededError):
                service.update_connection(session, member, shared.id, {"name": "x"}, settings=settings)
            with pytest.raises(AdminKeyNeededError):
                service.delete_connection(session, member, shared.id)

    def test_strangers_see_nothing(
        self, database: Database, settings: Settings, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        """Neither a project's connection nor an organization's exists for others."""
        made = [create(database, settings, tenant, name=str(wide), is_of_organization=wide) for wide in (True, False)]

        with database.reading() as session:
            assert service.list_connections(session, other_tenant.project_id) == []
            assert len(service.list_connections(session, tenant.project_id)) == len(made)
            for connection in made:
                with pytest.raises(ConnectionNotFoundError):
                    service.get_connection(session, other_tenant.project_id, connection.id)


@on_sqlite
class TestNames:
    @pytest.mark.parametrize("name", ["provider", "engine"])
    def test_are_taken_once(self, database: Database, settings: Settings, tenant: Tenant, name: str) -> None:
        """A project sees each name once, and `engine` is always taken."""
        create(database, settings, tenant)

        with pytest.raises(ConnectionNameTakenError):
            create(database, settings, tenant, name=name)


@on_sqlite
class TestAddresses:
    @pytest.mark.parametrize("base_url", ["https://10.0.0.1/v1", "https://169.254.169.254", "https://user@x.example"])
    def test_pass_the_guard(self, database: Database, settings: Settings, tenant: Tenant, base_url: str) -> None:
        """A base URL into our own network is refused, when made and when changed."""
        with pytest.raises(InvalidInputError) as refusal:
            create(database, settings, tenant, base_url=base_url)
        assert refusal.value.param == "base_url"

        connection = create(database, settings, tenant)
        changes = {"base_url": base_url, "secret": SECRET}
        with database.transaction() as session, pytest.raises(InvalidInputError):
            service.update_connection(session, tenant.principal, connection.id, changes, settings=settings)

    def test_that_change_need_the_key_again(self, database: Database, settings: Settings, tenant: Tenant) -> None:
        """A stored key is never sent to an address that it was not given for."""
        connection = create(database, settings, tenant)
        changes = {"base_url": "https://elsewhere.example/v1"}

        with database.transaction() as session, pytest.raises(InvalidInputError) as refusal:
            service.update_connection(session, tenant.principal, connection.id, changes, settings=settings)

        assert refusal.value.param == "secret"
        with database.reading() as session:
            assert service.get_connection(session, tenant.project_id, connection.id).base_url == connection.base_url


@on_sqlite
class TestState:
    def test_tells_news_once(self, database: Database, settings: Settings, tenant: Tenant) -> None:
        """A state is news when it changes; the second poller to find a revoked key need not tell of it."""
        connection = create(database, settings, tenant)

        with database.transaction() as session:
            told = [
                service.note_state(session, tenant.project_id, connection.id, state=ConnectionState.REVOKED, detail="x")
                for _ in range(2)
            ]

        assert told == [True, False]

    def test_a_new_key_is_a_new_chance(self, database: Database, settings: Settings, tenant: Tenant) -> None:
        """Replacing the key of a revoked connection makes it usable again."""
        connection = create(database, settings, tenant)
        with database.transaction() as session:
            service.note_state(session, tenant.project_id, connection.id, state=ConnectionState.REVOKED, detail="x")

        with database.transaction() as session:
            changes = {"secret": "sk-another-key-0123456789"}
            changed = service.update_connection(session, tenant.principal, connection.id, changes, settings=settings)

        assert (changed.state, changed.state_detail, changed.secret_hint) == (ConnectionState.OK, None, "…6789")
