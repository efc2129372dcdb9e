"""Webhook endpoints: `client.webhooks.create` and its kin."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from api.auth import PrincipalDep
from api.dependencies import ReadSessionDep, ResourcesDep, SessionDep, SettingsDep
from api.openai.wire.base import Deleted
from api.openai.wire.webhooks import (
    WebhookCreate,
    WebhookEndpointCreated,
    WebhookEndpointList,
    WebhookEndpointObject,
    WebhookEventTypeList,
    WebhookUpdate,
    render_endpoint,
)
from api.pagination import PageRequest, cut, page_of
from shared.ids import Prefix, is_id
from shared.outbound.policy import outbound_policy
from shared.webhooks import service
from shared.webhooks.events import EventType
from shared.webhooks.service import WebhookEndpointNotFoundError

router = APIRouter(tags=["Webhooks"])

EndpointPage = Annotated[PageRequest, Depends(page_of(default=20, maximum=100))]


def _endpoint_id(webhook_endpoint_id: Annotated[str, Path(description="`we_…`")]) -> str:
    if not is_id(webhook_endpoint_id, Prefix.WEBHOOK_ENDPOINT):
        raise WebhookEndpointNotFoundError(webhook_endpoint_id)
    return webhook_endpoint_id


EndpointId = Annotated[str, Depends(_endpoint_id)]


@router.post("/webhook_endpoints")
def create_endpoint(
    body: WebhookCreate, principal: PrincipalDep, session: SessionDep, resources: ResourcesDep
) -> WebhookEndpointCreated:
    """Register an address for events. The signing secret is in this answer and in no other."""
    endpoint, secret = service.create_endpoint(
        session,
        principal.project_id,
        name=body.name,
        url=body.url,
        event_types=body.event_types,
        secret_key=resources.secret_key,
        policy=outbound_policy(resources.settings),
    )
    return WebhookEndpointCreated(**render_endpoint(endpoint).model_dump(), signing_secret=secret)


@router.get("/webhook_endpoints")
def list_endpoints(principal: PrincipalDep, session: ReadSessionDep, page: EndpointPage) -> WebhookEndpointList:
    """Endpoints, newest first."""
    if page.after is not None and not is_id(page.after, Prefix.WEBHOOK_ENDPOINT):
        return WebhookEndpointList(data=[], first_id=None, last_id=None, has_more=False)
    found = cut(service.list_endpoints(session, principal.project_id, after=page.after, limit=page.probe), page)
    data = [render_endpoint(endpoint) for endpoint in found.rows]
    return WebhookEndpointList(
        data=data,
        first_id=data[0].id if data else None,
        last_id=data[-1].id if data else None,
        has_more=found.has_more,
    )


@router.get("/webhook_endpoints/{webhook_endpoint_id}")
def retrieve_endpoint(
    endpoint_id: EndpointId, principal: PrincipalDep, session: ReadSessionDep
) -> WebhookEndpointObject:
    """One endpoint, without its secret."""
    return render_endpoint(service.get_endpoint(session, principal.project_id, endpoint_id))


@router.post("/webhook_endpoints/{webhook_endpoint_id}")
def update_endpoint(
    endpoint_id: EndpointId, body: WebhookUpdate, principal: PrincipalDep, session: SessionDep, settings: SettingsDep
) -> WebhookEndpointObject:
    """Change name, address or event types; what is left out stays."""
    changed = service.update_endpoint(
        session,
        principal.project_id,
        endpoint_id,
        name=body.name,
        url=body.url,
        event_types=body.event_types,
        policy=outbound_policy(settings),
    )
    return render_endpoint(changed)


@router.delete("/webhook_endpoints/{webhook_endpoint_id}")
def delete_endpoint(endpoint_id: EndpointId, principal: PrincipalDep, session: SessionDep) -> Deleted:
    """Stop sending to an endpoint."""
    service.delete_endpoint(session, principal.project_id, endpoint_id)
    return Deleted(id=endpoint_id, object="webhook_endpoint.deleted", deleted=True)


@router.get("/webhook_event_types")
def list_event_types(_principal: PrincipalDep) -> WebhookEventTypeList:
    """Every event type there is."""
    return WebhookEventTypeList(data=[str(event_type) for event_type in EventType])
