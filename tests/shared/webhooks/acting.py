"""What tests of webhooks do, each in a transaction of its own."""

from typing import Any

from sqlmodel import select

from shared.db.session import Database
from shared.outbound.addresses import parse_networks
from shared.outbound.policy import OutboundPolicy
from shared.webhooks import service
from shared.webhooks.events import EventType
from shared.webhooks.tables import WebhookEndpoint
from tests.fixtures.settings import LOOPBACK, SECRET_KEY

PROJECT, STRANGER = "proj_1", "proj_2"
POLICY = OutboundPolicy(allowed_networks=tuple(parse_networks(LOOPBACK)), allow_http=True)
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
            policy=POLICY,
        )


def tell(database: Database, event_type: EventType = SUCCEEDED, *, data_id: str = "ftjob-1") -> None:
    with database.transaction() as session:
        service.tell(session, PROJECT, event_type=event_type, data_id=data_id)


def update(database: Database, endpoint: WebhookEndpoint, project_id: str = PROJECT, **changes: Any) -> WebhookEndpoint:
    unchanged: dict[str, Any] = {"name": None, "url": None, "event_types": None, "policy": POLICY}
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
