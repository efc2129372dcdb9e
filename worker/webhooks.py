"""Delivering webhooks: one signed POST an attempt, waiting in rows in between, giving up after about three days."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpcore2
import httpx2
import structlog
from sqlmodel import Session

from shared import clock
from shared.outbound.client import core_url, public_tls
from shared.outbound.deadline import DeadlineBackend
from shared.outbound.guard import Guard, GuardedBackend
from shared.outbound.policy import outbound_policy
from shared.outbox.claim import Claim
from shared.retry_after import read_retry_after_seconds
from shared.webhooks import service
from shared.webhooks.backoff import delay_seconds
from shared.webhooks.service import Attempt
from shared.webhooks.signing import signed_headers
from shared.webhooks.tables import Delivery, DeliveryState, Event, WebhookEndpoint
from worker.heartbeat import Heartbeat
from worker.task import Handler
from worker.unit import WorkUnit

log = structlog.get_logger(__name__)

_USER_AGENT = "Tunery/1.0 (webhooks)"
_CONNECT_SECONDS = 5.0
_ANSWER_BYTES = 16 << 10
"What is read of an answer; a receiver cannot make us take in more."
_GONE = 410


def deliver_webhook(unit: WorkUnit) -> None:
    """Try one delivery once, then finish it, put it off, or give it up."""
    with unit.database.reading() as session:
        found = service.find_delivery(session, unit.project_id, unit.subject_id)
    if found is None or found[0].state != DeliveryState.PENDING or found[2].deleted_at is not None:
        with unit.finishing():
            return
    delivery, event, endpoint = found
    # A receiver may think for longer than the lease lasts.
    with Heartbeat(unit):
        attempt, retry_after = _post(unit, event, endpoint)
    log.info("webhook.attempted", status=attempt.status_code, error=attempt.error, endpoint=endpoint.id)
    _settle(unit, delivery, attempt, retry_after)


def _settle(unit: WorkUnit, delivery: Delivery, attempt: Attempt, retry_after: float | None) -> None:
    delay = delay_seconds(delivery.attempts + 1, retry_after_seconds=retry_after)
    if attempt.is_success or attempt.status_code == _GONE or delay is None:
        state = DeliveryState.DELIVERED if attempt.is_success else DeliveryState.FAILED
        with unit.finishing() as session:
            service.record_attempt(session, delivery, attempt, state=state)
        return
    with unit.deferring(due_at=clock.now() + delay, error=attempt.error, blameless=True) as session:
        service.record_attempt(session, delivery, attempt, state=DeliveryState.PENDING)


def _post(unit: WorkUnit, event: Event, endpoint: WebhookEndpoint) -> tuple[Attempt, float | None]:
    started_at, start = clock.now(), time.monotonic()
    try:
        with _answer_to(unit, event, endpoint) as response:
            answer = _read_some(response)
            status = response.status
            retry_after = read_retry_after_seconds(httpx2.Headers(response.headers))
    except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        return Attempt(started_at, time.monotonic() - start, None, type(error).__name__, None), None
    refusal = None if 200 <= status < 300 else f"answered {status}"  # noqa: PLR2004  the 2xx range
    return Attempt(started_at, time.monotonic() - start, status, refusal, answer), retry_after


@contextmanager
def _answer_to(unit: WorkUnit, event: Event, endpoint: WebhookEndpoint) -> Iterator[httpcore2.Response]:
    """Send the event on a connection of its own: guarded, no proxy, no redirects, and an end to all of it."""
    body = event.body.encode()
    headers = signed_headers(
        service.open_secret(endpoint, secret_keys=unit.resources.secret_keys),
        webhook_id=event.id,
        timestamp=clock.now_seconds(),
        body=body,
    )
    headers |= {"content-type": "application/json", "user-agent": _USER_AGENT}
    seconds = unit.settings.webhook_timeout_seconds
    timeout = {"connect": _CONNECT_SECONDS, "read": seconds, "write": seconds}
    guarded = GuardedBackend(Guard(outbound_policy(unit.settings)))
    backend = DeadlineBackend(time.monotonic() + seconds, guarded)
    with (
        httpcore2.ConnectionPool(ssl_context=public_tls(), network_backend=backend) as pool,
        pool.stream(
            "POST",
            core_url(httpx2.URL(endpoint.url)),
            headers=list(headers.items()),
            content=body,
            extensions={"timeout": timeout},
        ) as response,
    ):
        yield response


def _read_some(response: httpcore2.Response) -> str:
    taken = bytearray()
    # The status has been given by now; a receiver too slow to end its sentence has still said yes or no.
    with suppress(httpcore2.TimeoutException):
        for chunk in response.iter_stream():
            taken += chunk
            if len(taken) >= _ANSWER_BYTES:
                break
    # NUL is legal in an answer and refused by PostgreSQL's text.
    return bytes(taken[:_ANSWER_BYTES]).decode("utf-8", "replace").replace("\x00", "�")


def _give_up(session: Session, claim: Claim, reason: str) -> None:
    found = service.find_delivery(session, claim.project_id, claim.subject_id)
    if found is not None:
        attempt = Attempt(clock.now(), 0.0, None, reason, None)
        service.record_attempt(session, found[0], attempt, state=DeliveryState.FAILED)


DELIVER_WEBHOOK = Handler(run=deliver_webhook, give_up=_give_up)
