"""Every query of the webhooks domain, born with a project."""

from sqlalchemy import update
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


def list_sealed_elsewhere_system(session: Session, prefix: str, *, after: str, limit: int) -> list[WebhookEndpoint]:
    """In order of ids, those whose seal does not begin with `prefix`. Emptied ones hold nothing to seal."""
    sealed = col(WebhookEndpoint.sealed_secret)
    statement = select(WebhookEndpoint).where(
        col(WebhookEndpoint.id) > after, sealed != "", ~sealed.startswith(prefix, autoescape=True)
    )
    return list(session.exec(statement.order_by(col(WebhookEndpoint.id)).limit(limit)))


def replace_seal_system(session: Session, row_id: str, *, old: str, new: str) -> None:
    """Nothing happens when the secret was replaced meanwhile."""
    statement = update(WebhookEndpoint).where(
        col(WebhookEndpoint.id) == row_id, col(WebhookEndpoint.sealed_secret) == old
    )
    session.execute(statement.values(sealed_secret=new))


def sealing_keys_system(session: Session) -> set[str]:
    """Ids of keys, as sealed texts name them: `v2.<eight characters>.…`."""
    named = func.substr(col(WebhookEndpoint.sealed_secret), 4, 8)
    return set(session.exec(select(named).where(col(WebhookEndpoint.sealed_secret).startswith("v2.")).distinct()))
