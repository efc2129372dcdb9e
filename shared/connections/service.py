"""Use cases of connections: managing them, opening one, keeping what calls to it met. Routing is routing.py."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from pydantic import SecretStr
from sqlmodel import Session

from shared import clock
from shared.connections import repository
from shared.connections.errors import (
    AdminKeyNeededError,
    ConnectionLimitError,
    ConnectionNameTakenError,
    ConnectionNotFoundError,
    ConnectionSecretLostError,
    SecretNeededError,
)
from shared.connections.kinds import ENGINE, ConnectionKind, ConnectionState, Preset, full_base_url
from shared.connections.routing import Route, route_model
from shared.connections.tables import Connection
from shared.db.session import Database
from shared.ids import Prefix, is_id, new_id
from shared.outbound.policy import outbound_policy
from shared.outbound.urls import check_url
from shared.outbox.add import add_work
from shared.providers.upstream import Upstream
from shared.resealing import reseal_rows
from shared.secrets import SealBrokenError, seal, unseal
from shared.settings import Settings
from shared.tasks import Work
from shared.tenants.service import Principal, Role

__all__ = ["Route", "route_model"]

log = structlog.get_logger(__name__)

MAX_CONNECTIONS = 100
MAX_LISTED_MODELS = 2000
_PLAIN_FIELDS = {
    "name",
    "organization_header",
    "project_header",
    "model_patterns",
    "use_listed_models",
    "is_default",
    "rate_limits",
}
"What an update sets as it is given."
_DETAIL_LIMIT = 300
_SHOWN_CHARACTERS = 4
_FIRST_LOOK_SECONDS = 2.0
"Whoever makes a connection tries it at once; the first look of our own need not get in the way."


@dataclass(frozen=True, kw_only=True)
class ConnectionRequest:
    """A new connection, already checked for form."""

    name: str
    kind: ConnectionKind
    secret: str
    preset: Preset | None = None
    base_url: str | None = None
    region: str | None = None
    organization_header: str | None = None
    project_header: str | None = None
    model_patterns: list[str] = field(default_factory=list)
    use_listed_models: bool = True
    is_default: bool = False
    rate_limits: dict[str, int] = field(default_factory=dict)
    is_of_organization: bool = False


def create_connection(
    session: Session, principal: Principal, request: ConnectionRequest, *, settings: Settings
) -> Connection:
    """The new connection. Whether its key works is told by a test call, not here."""
    if request.is_of_organization:
        _require_admin(principal)
    base_url = full_base_url(request.kind, request.preset, base_url=request.base_url, region=request.region)
    check_url(base_url, outbound_policy(settings), param="base_url")
    if repository.count_connections(session, principal.project_id) >= MAX_CONNECTIONS:
        raise ConnectionLimitError(f"There are {MAX_CONNECTIONS} connections; delete one first.")
    _require_free_name(session, principal.project_id, request.name, but=None)
    now = clock.now_seconds()
    connection = Connection(
        id=new_id(Prefix.CONNECTION),
        organization_id=principal.organization_id,
        project_id=None if request.is_of_organization else principal.project_id,
        name=request.name,
        kind=request.kind,
        preset=request.preset,
        base_url=base_url,
        sealed_secret="",
        secret_hint="",
        organization_header=request.organization_header,
        project_header=request.project_header,
        model_patterns=request.model_patterns,
        use_listed_models=request.use_listed_models,
        listed_models=[],
        is_default=request.is_default,
        rate_limits=request.rate_limits,
        state_changed_at=now,
        created_at=now,
        updated_at=now,
    )
    _put_secret(connection, request.secret, settings)
    add_work(
        session,
        kind=Work.WATCH_CONNECTION,
        project_id=principal.project_id,
        subject_id=connection.id,
        due_at=clock.now() + _FIRST_LOOK_SECONDS,
    )
    return _save(session, principal.project_id, connection)


def get_connection(session: Session, project_id: str, connection_id: str) -> Connection:
    """Raises ConnectionNotFoundError, for a stranger's too."""
    found = None
    if is_id(connection_id, Prefix.CONNECTION):
        found = repository.find_connection(session, project_id, connection_id)
    if found is None:
        raise ConnectionNotFoundError(connection_id)
    return found


def find_connection(session: Session, project_id: str, connection_id: str) -> Connection | None:
    """One that the project sees; None when it is gone."""
    return repository.find_connection(session, project_id, connection_id)


def list_connections(
    session: Session, project_id: str, *, after: str | None = None, limit: int | None = None
) -> list[Connection]:
    """Newest first: the project's own and its organization's."""
    return repository.list_connections(session, project_id, after=after, limit=limit)


def update_connection(
    session: Session, principal: Principal, connection_id: str, changes: dict[str, Any], *, settings: Settings
) -> Connection:
    """Change what `changes` names, fields of ConnectionRequest. A new key or address gets a new chance to work."""
    connection = _get_changeable(session, principal, connection_id)
    if "name" in changes:
        _require_free_name(session, principal.project_id, changes["name"], but=connection.id)
    if changes.get("base_url") is not None:
        if changes.get("secret") is None:
            raise SecretNeededError
        preset = Preset(connection.preset) if connection.preset else None
        kind = ConnectionKind(connection.kind)
        connection.base_url = full_base_url(kind, preset, base_url=changes["base_url"], region=None)
        check_url(connection.base_url, outbound_policy(settings), param="base_url")
    if changes.get("secret") is not None:
        _put_secret(connection, changes["secret"], settings)
    for name in _PLAIN_FIELDS & changes.keys():
        setattr(connection, name, changes[name])
    if {"secret", "base_url"} & changes.keys():
        _enter(connection, ConnectionState.OK, None)
    connection.updated_at = clock.now_seconds()
    return _save(session, principal.project_id, connection)


def delete_connection(session: Session, principal: Principal, connection_id: str) -> None:
    """Nothing reaches the provider any more; its key is forgotten at once."""
    connection = _get_changeable(session, principal, connection_id)
    connection.sealed_secret = ""
    connection.deleted_at = clock.now_seconds()
    session.add(connection)


def open_upstream(session: Session, project_id: str, connection_id: str, *, settings: Settings) -> Upstream:
    """What a call to the provider needs, its key in the clear: for one call, never kept.

    Raises ConnectionNotFoundError, and ConnectionSecretLostError when no secret key of ours opens what was sealed.
    """
    return upstream_of(get_connection(session, project_id, connection_id), settings)


def upstream_of(connection: Connection, settings: Settings) -> Upstream:
    """The same for a row that is at hand. Raises ConnectionSecretLostError."""
    headers = {"OpenAI-Organization": connection.organization_header, "OpenAI-Project": connection.project_header}
    return Upstream(
        connection_id=connection.id,
        kind=connection.kind,
        preset=connection.preset,
        base_url=connection.base_url,
        api_key=SecretStr(_opened_secret(connection, settings)),
        headers={name: value for name, value in headers.items() if value},
        timeout_seconds=settings.upstream_timeout_seconds,
    )


def told_shutdown_dates(connection: Connection) -> dict[str, str | None]:
    """The day each listed model goes away, where the provider tells one."""
    return {model["id"]: model.get("shutdown_date") for model in connection.listed_models}


def note_state(
    session: Session, project_id: str, connection_id: str, *, state: ConnectionState, detail: str | None = None
) -> bool:
    """Keep what a call met; whether that was news. `detail` is one sentence for people, without secrets."""
    connection = get_connection(session, project_id, connection_id)
    is_news = connection.state != state
    _enter(connection, state, detail)
    session.add(connection)
    return is_news


def keep_listed_models(
    session: Session, project_id: str, connection_id: str, models: list[dict[str, Any]]
) -> Connection:
    """Keep what the provider listed just now; at most MAX_LISTED_MODELS of it."""
    connection = get_connection(session, project_id, connection_id)
    connection.listed_models = models[:MAX_LISTED_MODELS]
    connection.models_listed_at = clock.now_seconds()
    session.add(connection)
    return connection


def reseal_all_system(database: Database, secret_keys: Sequence[str]) -> tuple[int, int]:
    """Seal again under the first key what another sealed; how many were, and how many no key opens."""
    return reseal_rows(
        database,
        secret_keys,
        find=repository.list_sealed_elsewhere_system,
        context=_seal_context,
        replace=repository.replace_seal_system,
    )


def sealing_keys_system(session: Session) -> set[str]:
    """Ids of the keys that opening the connections' secrets needs."""
    return repository.sealing_keys_system(session)


def _get_changeable(session: Session, principal: Principal, connection_id: str) -> Connection:
    connection = get_connection(session, principal.project_id, connection_id)
    if connection.project_id is None:
        _require_admin(principal)
    return connection


def _require_admin(principal: Principal) -> None:
    if principal.role is not Role.ADMIN:
        raise AdminKeyNeededError


def _require_free_name(session: Session, project_id: str, name: str, *, but: str | None) -> None:
    taken = any(row.name == name and row.id != but for row in list_connections(session, project_id))
    if taken or name == ENGINE:
        raise ConnectionNameTakenError(name)


def _save(session: Session, project_id: str, connection: Connection) -> Connection:
    session.add(connection)
    session.flush()
    if connection.is_default:
        is_of_organization = connection.project_id is None
        repository.clear_default(session, project_id, is_of_organization=is_of_organization, but=connection.id)
    return connection


def _opened_secret(connection: Connection, settings: Settings) -> str:
    try:
        return unseal(settings.all_secret_keys, connection.sealed_secret, bound_to=_seal_context(connection))
    except SealBrokenError as error:
        log.error("connection.secret_lost", connection=connection.id, error=str(error))  # noqa: TRY400  the whole story
        raise ConnectionSecretLostError(connection.name) from None


def _put_secret(connection: Connection, secret: str, settings: Settings) -> None:
    key = settings.secret_key.get_secret_value()
    connection.sealed_secret = seal(key, secret, bound_to=_seal_context(connection))
    # A short secret would be mostly hint.
    connection.secret_hint = f"…{secret[-_SHOWN_CHARACTERS:]}" if len(secret) >= 4 * _SHOWN_CHARACTERS else "…"


def _enter(connection: Connection, state: ConnectionState, detail: str | None) -> None:
    if connection.state != state:
        connection.state_changed_at = clock.now_seconds()
    connection.state = state
    connection.state_detail = detail[:_DETAIL_LIMIT] if detail else None


def _seal_context(connection: Connection) -> str:
    return f"{connection.organization_id}|connections|{connection.id}"
