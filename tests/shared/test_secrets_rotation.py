"""Changing the secret key while the service runs."""

from dataclasses import replace as replaced

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from shared.connections import service as connections
from shared.db.session import Database
from shared.resources import UnusableSettingsError
from shared.secrets import key_id
from shared.secrets_rotation import Rotation, check_keys_at_start, require_known_keys, rotate
from shared.settings import Settings
from shared.tenants.service import InvalidApiKeyError, authenticate, hash_again
from shared.webhooks import service as webhooks
from tests.fixtures.database import Tenant
from tests.fixtures.settings import SECRET_KEY, on_sqlite
from tests.shared.connections.acting import SECRET
from tests.shared.connections.acting import create as connect
from tests.shared.webhooks.acting import create as hook

NEW_KEY = "the-new-secret-key-of-more-than-32-characters"


@pytest.fixture
def changed(settings: Settings) -> Settings:
    """The settings after the change: a new key, the former one retired."""
    keys = {"secret_key": SecretStr(NEW_KEY), "secret_keys_retired": [SecretStr(SECRET_KEY)]}
    return settings.model_copy(update=keys)


@pytest.fixture
def without_the_old(changed: Settings) -> Settings:
    return changed.model_copy(update={"secret_keys_retired": []})


class TestSealedSecrets:
    def test_are_sealed_again(
        self, database: Database, settings: Settings, changed: Settings, without_the_old: Settings, tenant: Tenant
    ) -> None:
        """After a rotation the former key is not needed any more, and a second run finds nothing to do."""
        connection = connect(database, settings, tenant)
        endpoint, secret = hook(database, project_id=tenant.project_id)

        first, second = rotate(database, changed), rotate(database, changed)

        assert (first.resealed, first.unopened, second.resealed) == (2, 0, 0)
        with database.reading() as session:
            upstream = connections.open_upstream(session, tenant.project_id, connection.id, settings=without_the_old)
            kept = webhooks.get_endpoint(session, tenant.project_id, endpoint.id)
        assert upstream.api_key.get_secret_value() == SECRET
        assert webhooks.open_secret(kept, secret_keys=[NEW_KEY]) == secret

    def test_open_before_they_are_sealed_again(
        self, database: Database, settings: Settings, changed: Settings, tenant: Tenant
    ) -> None:
        """Between the restart and the rotation everything opens."""
        connection = connect(database, settings, tenant)

        with database.reading() as session:
            upstream = connections.open_upstream(session, tenant.project_id, connection.id, settings=changed)

        assert upstream.api_key.get_secret_value() == SECRET

    @on_sqlite
    def test_that_no_key_opens_are_counted_and_kept(
        self, database: Database, settings: Settings, without_the_old: Settings, tenant: Tenant
    ) -> None:
        """A secret whose key is missing is told of and left as it is, so that putting the key back helps."""
        connect(database, settings, tenant)
        before = sealed(database)

        assert rotate(database, without_the_old).unopened == 1
        assert sealed(database) == before

    @on_sqlite
    def test_of_a_deleted_connection_need_no_key(
        self, database: Database, settings: Settings, without_the_old: Settings, tenant: Tenant
    ) -> None:
        """What was erased needs no key."""
        connection = connect(database, settings, tenant)
        with database.transaction() as session:
            connections.delete_connection(session, tenant.principal, connection.id)

        assert rotate(database, without_the_old).unopened == 0
        require_known_keys(database, without_the_old)


class TestStarting:
    @on_sqlite
    def test_with_a_missing_key_is_refused(
        self, database: Database, settings: Settings, changed: Settings, without_the_old: Settings, tenant: Tenant
    ) -> None:
        """A process without the key of sealed secrets says which is missing and what would help."""
        connect(database, settings, tenant)

        require_known_keys(database, changed)
        with pytest.raises(UnusableSettingsError, match=f"{key_id(SECRET_KEY)}.*TUNERY_SECRET_KEYS_RETIRED"):
            check_keys_at_start(database, without_the_old)

    def test_without_a_database_is_not_about_keys(self, empty_sqlite_settings: Settings) -> None:
        """A database that has no tables yet is told of elsewhere."""
        database = Database(empty_sqlite_settings)

        check_keys_at_start(database, empty_sqlite_settings)

        database.close()


class TestApiKeys:
    def test_are_hashed_again_when_used(self, database: Database, changed: Settings, tenant: Tenant) -> None:
        """A key used while both secret keys are there works when the former one is gone; one that was not does not."""
        assert rotate(database, changed) == Rotation(resealed=0, unopened=0, old_api_keys=2)

        with database.transaction() as session:
            principal = authenticate(session, presented=tenant.api_key, secret_key=NEW_KEY, retired=[SECRET_KEY])
            hash_again(session, principal, presented=tenant.api_key, secret_key=NEW_KEY)

        with database.reading() as session:
            again = authenticate(session, presented=tenant.api_key, secret_key=NEW_KEY)
            with pytest.raises(InvalidApiKeyError):
                authenticate(session, presented=tenant.admin_key, secret_key=NEW_KEY)
        assert principal.is_hash_old
        assert again == replaced(principal, is_hash_old=False)
        assert rotate(database, changed).old_api_keys == 1


def sealed(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.connection().execute(text("SELECT sealed_secret FROM connections")).scalars())
