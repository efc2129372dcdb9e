"""Webhooks while receivers fail and senders die: told at least once, and always under the same id."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import openai
import pytest
from sqlmodel import col, select

from shared.resources import Resources
from shared.webhooks.tables import Delivery, DeliveryAttempt, DeliveryState
from tests.factories.rows import add_job
from tests.faults.slow_receiver import slow_receiver
from tests.fixtures.database import Tenant
from tests.fixtures.drain import Drain
from tests.fixtures.receiver import Answer, Receiver
from tests.fixtures.settings import on_sqlite
from tests.fixtures.waiting import wait_until
from tests.fixtures.workers import Service

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults"), pytest.mark.timeout(400)]

SENDER = "worker-notify"
TIMEOUT_SECONDS = 2.0


class Mailbox:
    """One delivery on its way to the receiver, by its rows."""

    def __init__(self, client: openai.OpenAI, resources: Resources, tenant: Tenant, url: str) -> None:
        self._client = client
        self._resources = resources
        self._tenant = tenant
        client.webhooks.create(name="test", url=url, event_types=["fine_tuning.job.cancelled"])

    def tell(self) -> None:
        """Have something happen that the receiver wants to know."""
        with self._resources.database.transaction() as session:
            job = add_job(session, self._tenant.principal, self._resources.settings)
        self._client.fine_tuning.jobs.cancel(job.id)

    def find_delivery(self) -> Delivery:
        with self._resources.database.reading() as session:
            return session.exec(select(Delivery)).one()

    def list_attempts(self) -> list[tuple[int | None, str | None]]:
        """Status and error of each attempt that was written down, in order."""
        with self._resources.database.reading() as session:
            attempts = session.exec(select(DeliveryAttempt).order_by(col(DeliveryAttempt.number)))
            return [(attempt.status_code, attempt.error) for attempt in attempts]


MailboxMaker = Callable[[str], Mailbox]


@pytest.fixture
def mailbox_at(client: openai.OpenAI, resources: Resources, tenant: Tenant) -> MailboxMaker:
    """Make one for a receiver's URL."""
    return partial(Mailbox, client, resources, tenant)


@pytest.fixture
def mailbox(mailbox_at: MailboxMaker, receiver: Receiver) -> Mailbox:
    return mailbox_at(receiver.url)


@pytest.fixture
def impatient(resources: Resources) -> Drain:
    """Does work at once, and gives receivers little time."""
    settings = resources.settings.model_copy(update={"webhook_timeout_seconds": TIMEOUT_SECONDS})
    return Drain(replace(resources, settings=settings))


def received_ids(receiver: Receiver) -> list[str]:
    """The `webhook-id` of every request."""
    return [request.headers["webhook-id"] for request in receiver.requests]


@on_sqlite
class TestFailingReceivers:
    def test_receiver_that_fails_in_every_way(
        self, service: Service, mailbox: Mailbox, receiver: Receiver, drain: Drain
    ) -> None:
        """An event reaches a receiver that first answers 500, then hangs, then hangs up; all four carry one id."""
        never = threading.Event()
        receiver.answer_next(Answer(500), Answer(held_until=never, is_cut=True), Answer(is_cut=True))
        service.start("scheduler", SENDER)

        mailbox.tell()
        for failures in (1, 2, 3):
            wait_until(lambda n=failures: len(mailbox.list_attempts()) == n, what=f"{failures} attempts have failed")  # type: ignore[misc]  # mypy cannot type a lambda's default
            drain.hasten()
        wait_until(lambda: mailbox.find_delivery().state == DeliveryState.DELIVERED, what="the event is delivered")
        never.set()

        assert mailbox.list_attempts() == [
            (500, "answered 500"),
            (None, "ReadTimeout"),
            (None, "RemoteProtocolError"),
            (200, None),
        ]
        assert received_ids(receiver) == [mailbox.find_delivery().event_id] * 4


@on_sqlite
class TestSlowReceivers:
    @pytest.mark.parametrize(
        ("begin", "attempt"),
        [
            (b"HTTP/1.1 200 OK\r\nx: ", (None, "ReadTimeout")),
            (b"HTTP/1.1 500 Oops\r\n\r\n", (500, "answered 500")),
            (b"HTTP/1.1 200 OK\r\n\r\n", (200, None)),
        ],
        ids=["header", "body", "body of a success"],
    )
    def test_answer_that_never_ends(
        self, begin: bytes, attempt: tuple[int | None, str | None], impatient: Drain, mailbox_at: MailboxMaker
    ) -> None:
        """An answer sent byte by byte is cut when the time for all of it is over; what counts is a status that came."""
        with slow_receiver(begin) as url:
            mailbox = mailbox_at(url)
            mailbox.tell()
            began = time.monotonic()
            impatient()
            seconds = time.monotonic() - began

        assert mailbox.list_attempts() == [attempt]
        assert TIMEOUT_SECONDS <= seconds < 3 * TIMEOUT_SECONDS


@on_sqlite
class TestKilledSenders:
    def test_sender_killed_while_the_receiver_thinks(
        self, service: Service, mailbox: Mailbox, receiver: Receiver
    ) -> None:
        """A delivery whose worker dies before the answer is made again, under the same id."""
        answer_now = threading.Event()
        receiver.answer_next(Answer(held_until=answer_now))
        service.start("scheduler", SENDER)
        mailbox.tell()
        receiver.wait_for(1)

        service.kill(SENDER)
        answer_now.set()
        service.start(SENDER)
        wait_until(lambda: mailbox.find_delivery().state == DeliveryState.DELIVERED, what="the event is delivered")

        assert received_ids(receiver) == [mailbox.find_delivery().event_id] * 2
        assert mailbox.list_attempts() == [(200, None)]
