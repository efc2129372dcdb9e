"""Webhook endpoints on the wire."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from api.openai.wire.base import ONE_LINE, WireModel, WireRequest
from shared.webhooks.tables import WebhookEndpoint

Name = Annotated[str, StringConstraints(min_length=1, max_length=128), ONE_LINE]
Url = Annotated[str, StringConstraints(min_length=1, max_length=2048)]
EventTypes = Annotated[list[Annotated[str, StringConstraints(max_length=64)]], Field(max_length=64)]


class WebhookCreate(WireRequest):
    name: Name = Field(description="A label of your own.")
    url: Url = Field(description="Where events are POSTed to.")
    event_types: EventTypes = Field(description="Which events; GET /webhook_event_types lists them.")


class WebhookUpdate(WireRequest):
    name: Name | None = Field(None, description="A new label.")
    url: Url | None = Field(None, description="A new address.")
    event_types: EventTypes | None = Field(None, description="The complete new set.")


class WebhookEndpointObject(WireModel):
    id: str = Field(description="`we_…`")
    object: Literal["webhook_endpoint"] = "webhook_endpoint"
    created_at: int = Field(description="Seconds since the epoch.")
    updated_at: int = Field(description="Seconds since the epoch.")
    name: str
    url: str
    event_types: list[str]
    signing_secret_hint: str = Field(description="The secret's last characters.")


class WebhookEndpointCreated(WebhookEndpointObject):
    signing_secret: str = Field(description="`whsec_…`; shown this once.")


class WebhookEndpointList(WireModel):
    object: Literal["list"] = "list"
    data: list[WebhookEndpointObject] = Field(description="Newest first.")
    first_id: str | None
    last_id: str | None
    has_more: bool


class WebhookEventTypeList(WireModel):
    object: Literal["list"] = "list"
    data: list[str]


def render_endpoint(endpoint: WebhookEndpoint) -> WebhookEndpointObject:
    return WebhookEndpointObject(
        id=endpoint.id,
        created_at=endpoint.created_at,
        updated_at=endpoint.updated_at,
        name=endpoint.name,
        url=endpoint.url,
        event_types=endpoint.event_types,
        signing_secret_hint=endpoint.secret_hint,
    )
