"""Every query of the webhooks domain, born with a project."""

from sqlmodel import Session, col, func, select

from shared.webhooks.tables import Delivery, Event, WebhookEndpoint


def find_endpoint(session: Session, project_id: str, endpoint_id: str) -> WebhookEndpoint | None:
    statement = select(WebhookEndpoint).where(
        WebhookEndpoint.project_id == project_id,
        WebhookEndpoint.id == endpoint_id,
        col(WebhookEndpoint.deleted_at).is_(None),
    )
    return session.exec(statement).first()


def list_endpoints(session: Session, project_id: str, *, after: str | None, limit: int) -> list[WebhookEndpoint]:
    statement = select(WebhookEndpoint).where(
        WebhookEndpoint.project_id == project_id, col(WebhookEndpoint.deleted_at).is_(None)
    )
    if after is not None:
        statement = statement.where(col(WebhookEndpoint.id) < after)
    return list(session.exec(statement.order_by(col(WebhookEndpoint.id).desc()).limit(limit)))


def count_endpoints(session: Session, project_id: str) -> int:
    statement = (
        select(func.count())
        .select_from(WebhookEndpoint)
        .where(WebhookEndpoint.project_id == project_id, col(WebhookEndpoint.deleted_at).is_(None))
    )
    return session.exec(statement).one()


def find_delivery(
    session: Session, project_id: str, delivery_id: str
) -> tuple[Delivery, Event, WebhookEndpoint] | None:
    statement = (
        select(Delivery, Event, WebhookEndpoint)
        .join(Event, col(Delivery.event_id) == col(Event.id))
        .join(WebhookEndpoint, col(Delivery.endpoint_id) == col(WebhookEndpoint.id))
        .where(Delivery.project_id == project_id, Delivery.id == delivery_id)
    )
    return session.exec(statement).first()
