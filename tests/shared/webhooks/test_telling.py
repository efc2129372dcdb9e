"""Telling events to those who want them, and keeping what each attempt met."""

import json

import pytest

from shared.db.session import Database, Hint
from shared.outbox.tables import WorkItem
from shared.tasks import Work
from shared.webhooks import service
from shared.webhooks.service import Attempt
from shared.webhooks.tables import Delivery, DeliveryAttempt, DeliveryState, Event
from tests.fixtures.together import run_together
from tests.shared.webhooks.acting import FAILED, PROJECT, STRANGER, SUCCEEDED, all_rows, create, delete, tell


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
