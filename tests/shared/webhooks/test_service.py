"""Webhook endpoints, and telling events to those who want them."""

import json
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import select

from shared.db.session import Database, Hint
from shared.errors import InvalidInputError
from shared.outbox.tables import WorkItem
from shared.secrets import SealBrokenError
from shared.tasks import Work
from shared.webhooks import service
from shared.webhooks.events import EventType
from shared.webhooks.service import Attempt, WebhookEndpointNotFoundError
from shared.webhooks.tables import Delivery, DeliveryAttempt, DeliveryState, Event, WebhookEndpoint
from tests.fixtures.settings import SECRET_KEY, on_sqlite
from tests.fixtures.together import run_together

PROJECT, STRANGER = "proj_1", "proj_2"
SUCCEEDED, FAILED = EventType.JOB_SUCCEEDED, EventType.JOB_FAILED


def create(
    database: Database, *event_types: str, project_id: str = PROJECT, url: str = "https://example.com/hook"
) -> tuple[WebhookEndpoint, str]:
    with database.transaction() as session:
        return service.create_endpoint(
            session,
            project_id,
            name="hook",
            url=url,
            event_types=list(event_types) or [SUCCEEDED],
            secret_key=SECRET_KEY,
        )


def tell(database: Database, event_type: EventType = SUCCEEDED, *, data_id: str = "ftjob-1") -> None:
    with database.transaction() as session:
        service.tell(session, PROJECT, event_type=event_type, data_id=data_id)


def update(database: Database, endpoint: WebhookEndpoint, project_id: str = PROJECT, **changes: Any) -> WebhookEndpoint:
    unchanged: dict[str, Any] = {"name": None, "url": None, "event_types": None}
    with database.transaction() as session:
        return service.update_endpoint(session, project_id, endpoint.id, **(unchanged | changes))


def delete(database: Database, endpoint: WebhookEndpoint, project_id: str = PROJECT) -> None:
    with database.transaction() as session:
        service.delete_endpoint(session, project_id, endpoint.id)


def get(database: Database, endpoint: WebhookEndpoint, project_id: str = PROJECT) -> WebhookEndpoint:
    with database.reading() as session:
        return service.get_endpoint(session, project_id, endpoint.id)


def all_rows(database: Database, table: Any) -> list[Any]:
    with database.reading() as session:
        return list(session.exec(select(table)))


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
            "https://example.com:8443/a?b=c#d",
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

        assert service.open_secret(get(database, endpoint), secret_key=SECRET_KEY) == secret

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
            service.open_secret(get(database, other, STRANGER), secret_key=SECRET_KEY)


class TestTelling:
    def test_every_endpoint_that_wants_it_gets_a_delivery(self, database: Database) -> None:
        """An event is on its way to each endpoint of its project that asked for its type, and to no other."""
        wanted = {create(database, SUCCEEDED)[0].id, create(database, FAILED, SUCCEEDED)[0].id}
        create(database, FAILED)
        create(database, SUCCEEDED, project_id=STRANGER)
        delete(database, create(database, SUCCEEDED)[0])

        tell(database)

        assert {delivery.endpoint_id for delivery in all_rows(database, Delivery)} == wanted

    def test_each_delivery_is_a_unit_of_work(self, database: Database, rung: list[Hint]) -> None:
        """A delivery is announced to the queue that notifies, once its event is committed."""
        create(database)

        tell(database)

        (delivery,) = all_rows(database, Delivery)
        (work,) = all_rows(database, WorkItem)
        assert (work.kind, work.subject_id) == (Work.DELIVER_WEBHOOK, delivery.id)
        assert rung == [Hint("notify", Work.DELIVER_WEBHOOK, work.id)]

    def test_the_body_is_fixed_when_it_happens(self, database: Database) -> None:
        """The text every endpoint gets is stored with the event, under the id it carries."""
        tell(database)

        (event,) = all_rows(database, Event)
        assert json.loads(event.body)["id"] == event.id
        assert json.loads(event.body)["data"] == {"id": "ftjob-1"}

    def test_the_same_event_is_told_once(self, database: Database) -> None:
        """Telling again what was told makes neither a second event nor a second delivery."""
        create(database)

        tell(database)
        tell(database)

        assert len(all_rows(database, Event)) == len(all_rows(database, Delivery)) == 1

    def test_twins_at_the_same_moment_tell_it_once(self, database: Database) -> None:
        """Workers that tell the same event at the same moment make one delivery."""
        create(database)

        run_together([lambda: tell(database)] * 4)

        assert len(all_rows(database, Event)) == len(all_rows(database, Delivery)) == 1

    def test_other_events_are_told_too(self, database: Database) -> None:
        """Another type, or another subject, is another event."""
        create(database, SUCCEEDED, FAILED)

        tell(database)
        tell(database, FAILED)
        tell(database, data_id="ftjob-2")

        assert len(all_rows(database, Delivery)) == 3

    def test_a_failed_transaction_tells_nothing(self, database: Database, rung: list[Hint]) -> None:
        """What did not happen is not told."""
        create(database)

        with pytest.raises(ZeroDivisionError):
            tell_and_fail(database)

        assert (all_rows(database, Event), all_rows(database, Delivery), rung) == ([], [], [])


def tell_and_fail(database: Database) -> None:
    with database.transaction() as session:
        service.tell(session, PROJECT, event_type=SUCCEEDED, data_id="ftjob-1")
        raise ZeroDivisionError


class TestAttempts:
    def test_are_numbered_and_kept(self, database: Database) -> None:
        """Every attempt is kept with what it met, and its delivery moves on."""
        create(database)
        tell(database)
        record(database, Attempt(1.0, 0.5, 500, "answered 500", "oops"), DeliveryState.PENDING)
        record(database, Attempt(2.0, 0.1, 200, None, ""), DeliveryState.DELIVERED)

        (delivery,) = all_rows(database, Delivery)
        attempts = sorted(all_rows(database, DeliveryAttempt), key=lambda attempt: attempt.number)
        assert (delivery.state, delivery.attempts) == (DeliveryState.DELIVERED, 2)
        assert [(a.number, a.status_code, a.error) for a in attempts] == [(1, 500, "answered 500"), (2, 200, None)]

    def test_long_answers_are_cut(self, database: Database) -> None:
        """What a receiver answers, or what went wrong, never grows past its column."""
        create(database)
        tell(database)

        record(database, Attempt(1.0, 0.5, 500, "e" * 9999, "a" * 9999), DeliveryState.PENDING)

        (attempt,) = all_rows(database, DeliveryAttempt)
        assert (len(attempt.error), len(attempt.answer)) == (300, 1024)

    def test_deliveries_do_not_exist_for_strangers(self, database: Database) -> None:
        """Another project's delivery cannot be found."""
        create(database)
        tell(database)
        (delivery,) = all_rows(database, Delivery)

        with database.reading() as session:
            assert service.find_delivery(session, PROJECT, delivery.id) is not None
            assert service.find_delivery(session, STRANGER, delivery.id) is None

    @pytest.mark.parametrize(
        ("status_code", "is_success"),
        [(None, False), (199, False), (200, True), (299, True), (300, False), (500, False)],
    )
    def test_success_is_a_2xx_answer(self, status_code: int | None, is_success: bool) -> None:
        """A delivery has succeeded when the receiver answers 2xx, and in no other case."""
        assert Attempt(0.0, 0.0, status_code, None, None).is_success is is_success


def record(database: Database, attempt: Attempt, state: DeliveryState) -> None:
    (delivery,) = all_rows(database, Delivery)
    with database.transaction() as session:
        service.record_attempt(session, delivery, attempt, state=state)
