"""Webhook endpoints: made, changed, deleted; their addresses and their secrets."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import select

from shared.db.session import Database
from shared.errors import InvalidInputError
from shared.secrets import SealBrokenError
from shared.webhooks import service
from shared.webhooks.service import WebhookEndpointNotFoundError
from shared.webhooks.tables import WebhookEndpoint
from tests.fixtures.settings import SECRET_KEY, on_sqlite
from tests.shared.webhooks.acting import FAILED, PROJECT, STRANGER, SUCCEEDED, create, delete, get, update


class TestEndpoints:
    def test_are_found_as_they_were_made(self, database: Database) -> None:
        """An endpoint is kept with its name, address and event types."""
        endpoint, _ = create(database, SUCCEEDED, FAILED)

        found = get(database, endpoint)

        assert (found.name, found.url, found.event_types) == ("hook", "https://example.com/hook", [SUCCEEDED, FAILED])

    def test_are_listed_newest_first(self, database: Database) -> None:
        """Endpoints are paged from the newest on."""
        oldest, middle, newest = (create(database)[0].id for _ in range(3))
        with database.reading() as session:
            page = service.list_endpoints(session, PROJECT, after=None, limit=2)
            rest = service.list_endpoints(session, PROJECT, after=page[-1].id, limit=2)

        assert [endpoint.id for endpoint in [*page, *rest]] == [newest, middle, oldest]

    def test_change_where_asked(self, database: Database) -> None:
        """An update changes what it names and leaves the rest."""
        endpoint, _ = create(database)

        update(database, endpoint, url="http://example.com/new")

        found = get(database, endpoint)
        assert (found.name, found.url, found.event_types) == ("hook", "http://example.com/new", [SUCCEEDED])

    def test_get_a_complete_new_set_of_event_types(self, database: Database) -> None:
        """Event types given in an update replace the former ones, each counted once."""
        endpoint, _ = create(database, SUCCEEDED)

        update(database, endpoint, event_types=[FAILED, FAILED])

        assert get(database, endpoint).event_types == [FAILED]

    def test_are_gone_when_deleted(self, database: Database) -> None:
        """A deleted endpoint is as if it had never been."""
        endpoint, _ = create(database)

        delete(database, endpoint)

        with pytest.raises(WebhookEndpointNotFoundError):
            get(database, endpoint)
        with database.reading() as session:
            assert service.list_endpoints(session, PROJECT, after=None, limit=10) == []

    @pytest.mark.parametrize("act", [get, update, delete], ids=["get", "update", "delete"])
    def test_do_not_exist_for_strangers(self, database: Database, act: Any) -> None:
        """Another project's endpoint can be neither seen nor changed nor deleted."""
        endpoint, _ = create(database)

        with pytest.raises(WebhookEndpointNotFoundError):
            act(database, endpoint, STRANGER)

        assert get(database, endpoint) == endpoint

    @on_sqlite
    def test_are_limited_in_number(self, database: Database) -> None:
        """A project has at most twenty endpoints; those of others and deleted ones do not count."""
        create(database, project_id=STRANGER)
        delete(database, create(database)[0])
        for _ in range(service.MAX_ENDPOINTS):
            create(database)

        with pytest.raises(InvalidInputError, match="at most 20"):
            create(database)


@on_sqlite
class TestAddresses:
    @pytest.mark.parametrize(
        "url",
        [
            "http://127.0.0.1:8080/hook",
            "https://example.com",
            "https://example.com:8443/a?b=c",
            "http://[::1]:9000/x",
            "HTTPS://EXAMPLE.COM/",
        ],
    )
    def test_absolute_http_is_taken(self, database: Database, url: str) -> None:
        """An absolute http or https address is kept as it was given."""
        endpoint, _ = create(database, url=url)

        assert get(database, endpoint).url == url

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "example.com/hook",
            "/hook",
            "ftp://example.com/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "http://",
            "http:///path",
            "http://:80/",
            "http://example.com:0/",
            "http://example.com:99999/",
            "http://example.com:port/",
            "http://[::1/",
            "https://user:password@example.com/",
            "https://user@example.com/",
            "https://example.com/hook#part",
            "http://10.0.0.1/",
            "http://169.254.169.254/latest/meta-data/",
            "http://exa mple.com/",
            "http://example.com/\nx-header: 1",
            "http://example.com/\x00",
            "http://example.com/\ud800",
            " http://example.com/",
        ],
    )
    def test_anything_else_is_refused(self, database: Database, url: str) -> None:
        """What is no absolute address of a web server is refused, naming the field."""
        with pytest.raises(InvalidInputError) as refusal:
            create(database, url=url)

        assert refusal.value.param == "url"

    @pytest.mark.parametrize("event_types", [["fine_tuning.job.exploded"], [SUCCEEDED, "batch.completed"]])
    def test_unknown_event_types_are_refused(self, database: Database, event_types: list[str]) -> None:
        """An event type that does not exist is refused by name."""
        with pytest.raises(InvalidInputError, match=event_types[-1]) as refusal:
            create(database, *event_types)

        assert refusal.value.param == "event_types"

    def test_an_empty_set_of_event_types_is_refused(self, database: Database) -> None:
        """An endpoint that wants nothing is refused."""
        endpoint, _ = create(database)

        with pytest.raises(InvalidInputError, match="must not be empty"):
            update(database, endpoint, event_types=[])


class TestSecrets:
    def test_open_for_their_endpoint(self, database: Database) -> None:
        """The secret shown once is the one that deliveries are signed with."""
        endpoint, secret = create(database)

        assert service.open_secret(get(database, endpoint), secret_keys=[SECRET_KEY]) == secret

    def test_are_stored_sealed(self, database: Database) -> None:
        """The database holds neither a secret nor a part of it beyond the last four characters."""
        _, secret = create(database)
        with database.reading() as session:
            stored = repr(session.connection().execute(text("SELECT * FROM webhook_endpoints")).all())

        assert secret[6:-4] not in stored

    def test_do_not_open_in_another_row(self, database: Database) -> None:
        """A sealed secret copied into another endpoint's row does not open there."""
        endpoint, _ = create(database)
        other, _ = create(database, project_id=STRANGER)
        with database.transaction() as session:
            row = session.exec(select(WebhookEndpoint).where(WebhookEndpoint.id == other.id)).one()
            row.sealed_secret = endpoint.sealed_secret
            session.add(row)

        with pytest.raises(SealBrokenError):
            service.open_secret(get(database, other, STRANGER), secret_keys=[SECRET_KEY])
