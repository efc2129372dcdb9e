"""Connections as requests and answers have them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from api.openai.wire.base import ONE_LINE, PRINTABLE, WireRequest
from shared.connections.kinds import ENGINE, ConnectionKind, ConnectionState, Preset
from shared.connections.service import ConnectionRequest
from shared.connections.tables import Connection
from shared.settings import Settings

Name = Annotated[str, StringConstraints(min_length=1, max_length=128), ONE_LINE]
Url = Annotated[str, StringConstraints(min_length=1, max_length=2048)]
HeaderValue = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=r"^[\x21-\x7e]+$")]
Secret = Annotated[str, StringConstraints(min_length=1, max_length=8192, pattern=r"^[\x21-\x7e]+$")]
Pattern = Annotated[str, StringConstraints(min_length=1, max_length=256), PRINTABLE]
Patterns = Annotated[list[Pattern], Field(max_length=200)]
_MOST = 1_000_000


class RateLimits(WireRequest):
    requests_per_minute: Annotated[int, Field(ge=1, le=_MOST)] | None = Field(
        None, description="Requests a minute, over all workers and API processes; null for no limit."
    )
    concurrent: Annotated[int, Field(ge=1, le=_MOST)] | None = Field(
        None, description="Chat completions under way at once; null for no limit."
    )

    def given(self) -> dict[str, int]:
        return {name: value for name, value in self.model_dump().items() if value is not None}


class ConnectionCreate(WireRequest):
    name: Name = Field(description="A label of your own, by which requests may name the connection.")
    kind: Literal["openai", "azure", "openai_compatible"] = Field(description="How the provider is spoken to.")
    preset: Literal["nebius", "bedrock", "tunery"] | None = Field(
        None, description="A provider of kind `openai_compatible` whose address or habits are known."
    )
    secret: Secret = Field(description="The provider's API key. It is sealed at once and shown in no answer.")
    base_url: Url | None = Field(
        None, description="Where the provider is; not needed for `openai`, `nebius`, `bedrock`."
    )
    region: Annotated[str, StringConstraints(max_length=32)] | None = Field(
        None, description="Of the preset `bedrock`, such as `us-east-1`."
    )
    organization: HeaderValue | None = Field(None, description="Sent as `OpenAI-Organization`.")
    project: HeaderValue | None = Field(None, description="Sent as `OpenAI-Project`.")
    models: Patterns = Field([], description="Model names that lead here besides the listed ones; `*` is anything.")
    use_listed_models: bool = Field(
        True, description="Whether the models that the provider lists lead here; else those of `models` alone."
    )
    is_default: bool = Field(False, description="Take model names that several or none are known to serve.")
    rate_limits: RateLimits = Field(RateLimits(), description="What the provider allows, to stay below it.")
    scope: Literal["project", "organization"] = Field(
        "project", description="Who may use it; `organization` needs an admin key."
    )

    def to_request(self) -> ConnectionRequest:
        return ConnectionRequest(
            name=self.name,
            kind=ConnectionKind(self.kind),
            preset=Preset(self.preset) if self.preset else None,
            secret=self.secret,
            base_url=self.base_url,
            region=self.region,
            organization_header=self.organization,
            project_header=self.project,
            model_patterns=self.models,
            use_listed_models=self.use_listed_models,
            is_default=self.is_default,
            rate_limits=self.rate_limits.given(),
            is_of_organization=self.scope == "organization",
        )


class ConnectionUpdate(WireRequest):
    name: Name | None = Field(None, description="A new label.")
    secret: Secret | None = Field(None, description="A new key in place of the old one.")
    base_url: Url | None = Field(None, description="A new address; it needs the secret again.")
    organization: HeaderValue | None = Field(None, description="A new header; null takes it away.")
    project: HeaderValue | None = Field(None, description="A new header; null takes it away.")
    models: Patterns | None = Field(None, description="The complete new set of names and patterns.")
    use_listed_models: bool | None = Field(None, description="Whether listed models lead here.")
    is_default: bool | None = Field(None, description="Whether it is the default.")
    rate_limits: RateLimits | None = Field(None, description="The complete new limits.")

    def to_changes(self) -> dict[str, Any]:
        """What was given, under the names of ConnectionRequest. Only headers can be taken away with null."""
        given = self.model_dump(exclude_unset=True)
        changes = {
            name: given[name]
            for name in ("name", "secret", "base_url", "use_listed_models", "is_default")
            if given.get(name) is not None
        }
        if self.models is not None:
            changes["model_patterns"] = self.models
        if self.rate_limits is not None:
            changes["rate_limits"] = self.rate_limits.given()
        headers = {"organization": "organization_header", "project": "project_header"}
        return changes | {column: given[name] for name, column in headers.items() if name in given}


class ConnectionRead(BaseModel):
    object: Literal["connection"] = Field(description="Always `connection`.")
    id: str = Field(description="`conn_…`, or `engine` for what trains and answers here.")
    name: str = Field(description="The label.")
    kind: str = Field(description="`engine`, `openai`, `azure` or `openai_compatible`.")
    preset: str | None = Field(description="`nebius`, `bedrock` or `tunery`.")
    base_url: str | None = Field(description="Where the provider's wire begins; null for the engine.")
    secret_hint: str | None = Field(description="The last characters of the key, such as `…abcd`.")
    organization: str | None = Field(description="Sent as `OpenAI-Organization`.")
    project: str | None = Field(description="Sent as `OpenAI-Project`.")
    models: list[str] = Field(description="Names and patterns given by hand; the engine's base models.")
    use_listed_models: bool = Field(description="Whether the models that the provider lists lead here too.")
    models_listed: int = Field(description="How many models the provider listed last.")
    models_listed_at: int | None = Field(description="When it did, in seconds since the epoch.")
    is_default: bool = Field(description="Whether it takes model names that several or none are known to serve.")
    rate_limits: RateLimits = Field(description="What we stay below.")
    scope: Literal["project", "organization"] = Field(description="Who may use it.")
    state: str = Field(description="`ok`, `failing`, or `revoked` when the provider does not accept the key.")
    state_detail: str | None = Field(description="What the last failing call met.")
    state_changed_at: int | None = Field(description="Seconds since the epoch.")
    created_at: int = Field(description="Seconds since the epoch; 0 for the engine.")
    updated_at: int = Field(description="Seconds since the epoch; 0 for the engine.")


class ConnectionList(BaseModel):
    object: Literal["list"] = Field(description="Always `list`.")
    data: list[ConnectionRead] = Field(description="Connections, newest first; the engine is the last.")
    has_more: bool = Field(description="Whether there are older ones.")


class ConnectionTest(BaseModel):
    object: Literal["connection.test"] = Field(description="Always `connection.test`.")
    connection_id: str = Field(description="`conn_…`")
    success: bool = Field(description="Whether the connection works.")
    outcome: str = Field(
        description="`ok`, `bad_key`, `not_permitted`, `not_found`, `rate_limited`, `unreachable`, `timeout`, "
        "`not_json`, `too_large`, `refused`."
    )
    message: str = Field(description="The same for people, with what would help.")
    status_code: int | None = Field(description="The provider's HTTP status; null when it did not answer.")
    seconds: float = Field(description="How long it took.")
    models_found: int = Field(description="How many models the provider listed.")


class ListedModel(BaseModel):
    id: str = Field(description="The name at the provider, to use in requests.")
    created: int = Field(description="Seconds since the epoch; 0 where the provider does not tell.")
    owned_by: str | None = Field(description="As the provider tells it.")
    shutdown_date: str | None = Field(description="`YYYY-MM-DD` when the model is going away.")


class ListedModels(BaseModel):
    object: Literal["list"] = Field(description="Always `list`.")
    data: list[ListedModel] = Field(description="What the provider listed last.")
    models: list[str] = Field(description="Names and patterns given by hand.")
    listed_at: int | None = Field(description="When the provider listed them; null when it never has.")
    problem: str | None = Field(description="Why the list could not be fetched just now; null when it is fresh enough.")


def render_connection(connection: Connection) -> ConnectionRead:
    return ConnectionRead(
        object="connection",
        id=connection.id,
        name=connection.name,
        kind=connection.kind,
        preset=connection.preset,
        base_url=connection.base_url,
        secret_hint=connection.secret_hint,
        organization=connection.organization_header,
        project=connection.project_header,
        models=connection.model_patterns,
        use_listed_models=connection.use_listed_models,
        models_listed=len(connection.listed_models),
        models_listed_at=connection.models_listed_at,
        is_default=connection.is_default,
        rate_limits=RateLimits(**connection.rate_limits),
        scope="organization" if connection.project_id is None else "project",
        state=connection.state,
        state_detail=connection.state_detail,
        state_changed_at=connection.state_changed_at,
        created_at=connection.created_at,
        updated_at=connection.updated_at,
    )


def render_engine(settings: Settings) -> ConnectionRead:
    """What trains here, as if it were a row: always there, and nobody's to change."""
    return ConnectionRead(
        object="connection",
        id=ENGINE,
        name=ENGINE,
        kind=ENGINE,
        preset=None,
        base_url=None,
        secret_hint=None,
        organization=None,
        project=None,
        models=list(settings.base_models),
        use_listed_models=True,
        models_listed=len(settings.base_models),
        models_listed_at=None,
        is_default=False,
        rate_limits=RateLimits(),
        scope="organization",
        state=ConnectionState.OK,
        state_detail=None,
        state_changed_at=None,
        created_at=0,
        updated_at=0,
    )
