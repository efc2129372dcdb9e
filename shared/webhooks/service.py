"""Use cases of webhooks: managing endpoints, telling an event, writing down what an attempt met."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from shared import clock
from shared.db.session import Database, insert_ignoring_duplicates
from shared.errors import InvalidInputError, NotFoundError
from shared.ids import Prefix, new_id
from shared.outbound.policy import OutboundPolicy
from shared.outbound.urls import check_url
from shared.outbox.add import add_work
from shared.resealing import reseal_rows
from shared.secrets import seal, unseal
from shared.tasks import Work
from shared.webhooks import repository
from shared.webhooks.events import EventType, render_event
from shared.webhooks.signing import make_secret, secret_hint
from shared.webhooks.tables import Delivery, DeliveryAttempt, DeliveryState, Event, WebhookEndpoint

MAX_ENDPOINTS = 20
_ANSWER_LIMIT = 1024
_ERROR_LIMIT = 300


class WebhookEndpointNotFoundError(NotFoundError):
    code = "webhook_endpoint_not_found"

    def __init__(self, endpoint_id: str) -> None:
        super().__init__(f"No such webhook endpoint: {endpoint_id[:80]}", param="webhook_endpoint_id")


@dataclass(frozen=True)
class Attempt:
    """What one try to deliver met. `status_code` is None when no answer came."""

    started_at: float
    seconds: float
    status_code: int | None
    error: str | None
    answer: str | None

    @property
    def is_success(self) -> bool:
        return self.status_code is not None and 200 <= self.status_code < 300  # noqa: PLR2004  the 2xx range


def create_endpoint(
    session: Session,
    project_id: str,
    *,
    name: str,
    url: str,
    event_types: list[str],
    secret_key: str,
    policy: OutboundPolicy,
) -> tuple[WebhookEndpoint, str]:
    """The endpoint and its signing secret, which is shown this once."""
    check_url(url, policy)
    if repository.count_endpoints(session, project_id) >= MAX_ENDPOINTS:
        raise InvalidInputError(
            f"A project has at most {MAX_ENDPOINTS} webhook endpoints; delete one first.",
            code="webhook_endpoint_limit",
        )
    secret = make_secret()
    now = clock.now_seconds()
    endpoint_id = new_id(Prefix.WEBHOOK_ENDPOINT)
    endpoint = WebhookEndpoint(
        id=endpoint_id,
        project_id=project_id,
        name=name,
        url=url,
        event_types=_checked_types(event_types),
        sealed_secret=seal(secret_key, secret, bound_to=_seal_context(project_id, endpoint_id)),
        secret_hint=secret_hint(secret),
        created_at=now,
        updated_at=now,
    )
    session.add(endpoint)
    return endpoint, secret


def list_endpoints(session: Session, project_id: str, *, after: str | None, limit: int) -> list[WebhookEndpoint]:
    """Newest first."""
    return repository.list_endpoints(session, project_id, after=after, limit=limit)


def get_endpoint(session: Session, project_id: str, endpoint_id: str) -> WebhookEndpoint:
    endpoint = repository.find_endpoint(session, project_id, endpoint_id)
    if endpoint is None:
        raise WebhookEndpointNotFoundError(endpoint_id)
    return endpoint


def update_endpoint(
    session: Session,
    project_id: str,
    endpoint_id: str,
    *,
    name: str | None,
    url: str | None,
    event_types: list[str] | None,
    policy: OutboundPolicy,
) -> WebhookEndpoint:
    """Change what is given; `event_types` is the complete new set. An address not to go to is refused."""
    endpoint = get_endpoint(session, project_id, endpoint_id)
    if name is not None:
        endpoint.name = name
    if url is not None:
        check_url(url, policy)
        endpoint.url = url
    if event_types is not None:
        endpoint.event_types = _checked_types(event_types)
    endpoint.updated_at = clock.now_seconds()
    session.add(endpoint)
    return endpoint


def delete_endpoint(session: Session, project_id: str, endpoint_id: str) -> None:
    """Deliveries under way to it are given up at their next attempt."""
    endpoint = get_endpoint(session, project_id, endpoint_id)
    endpoint.deleted_at = clock.now_seconds()
    session.add(endpoint)


def open_secret(endpoint: WebhookEndpoint, *, secret_keys: Sequence[str]) -> str:
    return unseal(secret_keys, endpoint.sealed_secret, bound_to=_seal_context(endpoint.project_id, endpoint.id))


def reseal_all_system(database: Database, secret_keys: Sequence[str]) -> tuple[int, int]:
    """Seal again under the first key what another sealed; how many were, and how many no key opens."""
    return reseal_rows(
        database,
        secret_keys,
        find=repository.list_sealed_elsewhere_system,
        context=lambda row: _seal_context(row.project_id, row.id),
        replace=repository.replace_seal_system,
    )


def sealing_keys_system(session: Session) -> set[str]:
    """Ids of the keys that opening the endpoints' secrets needs."""
    return repository.sealing_keys_system(session)


def tell(
    session: Session,
    project_id: str,
    *,
    event_type: EventType,
    data_id: str,
    details: Mapping[str, Any] | None = None,
    dedupe_key: str | None = None,
) -> None:
    """Write an event down with one delivery for each endpoint that wants it, in the transaction that made it true.

    An event is told once: for its type and `data_id`, or for `dedupe_key` where something happens more than once to it.
    """
    event_id, now = new_id(Prefix.EVENT), clock.now_seconds()
    body = render_event(event_id=event_id, event_type=event_type, created_at=now, data_id=data_id, details=details)
    row = {
        "id": event_id,
        "project_id": project_id,
        "type": str(event_type),
        "dedupe_key": dedupe_key or f"{event_type}:{data_id}",
        "body": body,
        "created_at": now,
    }
    if not insert_ignoring_duplicates(session, Event, [row]):
        return
    for endpoint in repository.list_endpoints(session, project_id, after=None, limit=MAX_ENDPOINTS):
        if event_type in endpoint.event_types:
            _add_delivery(session, project_id, event_id=event_id, endpoint_id=endpoint.id, now=now)


def find_delivery(
    session: Session, project_id: str, delivery_id: str
) -> tuple[Delivery, Event, WebhookEndpoint] | None:
    return repository.find_delivery(session, project_id, delivery_id)


def record_attempt(session: Session, delivery: Delivery, attempt: Attempt, *, state: DeliveryState) -> None:
    """Append an attempt and move its delivery on."""
    delivery.attempts += 1
    delivery.state = state
    session.add(delivery)
    session.add(
        DeliveryAttempt(
            id=new_id(Prefix.DELIVERY_ATTEMPT),
            project_id=delivery.project_id,
            delivery_id=delivery.id,
            number=delivery.attempts,
            started_at=attempt.started_at,
            seconds=attempt.seconds,
            status_code=attempt.status_code,
            error=attempt.error[:_ERROR_LIMIT] if attempt.error else None,
            answer=attempt.answer[:_ANSWER_LIMIT] if attempt.answer else None,
        )
    )


def _add_delivery(session: Session, project_id: str, *, event_id: str, endpoint_id: str, now: int) -> None:
    delivery = Delivery(
        id=new_id(Prefix.DELIVERY),
        project_id=project_id,
        event_id=event_id,
        endpoint_id=endpoint_id,
        created_at=now,
    )
    session.add(delivery)
    add_work(session, kind=Work.DELIVER_WEBHOOK, project_id=project_id, subject_id=delivery.id)


def _seal_context(project_id: str, endpoint_id: str) -> str:
    return f"{project_id}|webhook_endpoints|{endpoint_id}"


def _checked_types(event_types: list[str]) -> list[str]:
    unknown = sorted(set(event_types) - {str(known) for known in EventType})
    if unknown or not event_types:
        named = f"Unknown event types: {', '.join(unknown)[:200]}." if unknown else "event_types must not be empty."
        raise InvalidInputError(f"{named} GET /v1/webhook_event_types lists what there is.", param="event_types")
    return list(dict.fromkeys(event_types))
