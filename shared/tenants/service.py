"""Use cases of tenants: making organizations, projects and keys; turning a key into a principal."""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sqlmodel import Session

from shared import clock
from shared.errors import Kind, ServiceError
from shared.ids import Prefix, new_id
from shared.secrets import key_id as secret_key_id
from shared.tenants import repository
from shared.tenants.keys import hash_key, make_key, parse_key
from shared.tenants.tables import ApiKey, Organization, Project

_NO_HASH = "0" * 64


class Role(StrEnum):
    MEMBER = "member"
    ADMIN = "admin"


@dataclass(frozen=True)
class Principal:
    """Who is asking, and for which tenant."""

    organization_id: str
    project_id: str
    project_slug: str
    key_id: str
    role: Role
    is_hash_old: bool = field(default=False, compare=False)
    "Whether the key is still hashed under a secret key that is retired."


class InvalidApiKeyError(ServiceError):
    """One message for every reason, so that nothing is learnt by trying."""

    kind = Kind.UNAUTHENTICATED
    code = "invalid_api_key"

    def __init__(self) -> None:
        super().__init__("Incorrect API key provided. Send a key of this service as `Authorization: Bearer <key>`.")


def create_organization(session: Session, *, name: str) -> Organization:
    organization = Organization(id=new_id(Prefix.ORGANIZATION), name=name, created_at=clock.now_seconds())
    session.add(organization)
    session.flush()
    return organization


def create_project(session: Session, *, organization_id: str, name: str) -> Project:
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "project"
    project = Project(
        id=new_id(Prefix.PROJECT),
        organization_id=organization_id,
        name=name,
        slug=slug,
        created_at=clock.now_seconds(),
    )
    session.add(project)
    session.flush()
    return project


def create_key(
    session: Session,
    *,
    project: Project,
    name: str,
    role: Role,
    secret_key: str,
    expires_at: int | None = None,
) -> str:
    """Make a key for a project and return it: the only time it can be seen."""
    key_id = new_id(Prefix.API_KEY)
    key = make_key(key_id)
    session.add(
        ApiKey(
            id=key_id,
            organization_id=project.organization_id,
            project_id=project.id,
            name=name,
            role=role,
            key_hash=hash_key(secret_key, key),
            hashed_under=secret_key_id(secret_key),
            last_four=key[-4:],
            created_at=clock.now_seconds(),
            expires_at=expires_at,
        )
    )
    return key


def authenticate(session: Session, *, presented: str, secret_key: str, retired: Sequence[str] = ()) -> Principal:
    """The principal of a key. Raises InvalidApiKeyError for unknown, expired, revoked and malformed ones alike.

    `retired` secret keys are good for comparing; `hash_again` then makes them unnecessary for this key.
    """
    parsed = parse_key(presented)
    found = repository.find_key_system(session, parsed.key_id) if parsed else None
    # The comparison runs for unknown keys too: its time must not tell whether the id exists.
    stored = found[0].key_hash if found else _NO_HASH
    matches = [hmac.compare_digest(hash_key(key, presented), stored) for key in (secret_key, *retired)]
    if found is None or not any(matches):
        raise InvalidApiKeyError
    key, project = found
    now = clock.now_seconds()
    if key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
        raise InvalidApiKeyError
    is_old = key.hashed_under != secret_key_id(secret_key)
    return Principal(key.organization_id, project.id, project.slug, key.id, Role(key.role), is_hash_old=is_old)


def hash_again(session: Session, principal: Principal, *, presented: str, secret_key: str) -> None:
    """Keep a key's hash under the current secret key. `presented` has just been authenticated as `principal`."""
    repository.replace_hash(
        session,
        principal.project_id,
        principal.key_id,
        key_hash=hash_key(secret_key, presented),
        hashed_under=secret_key_id(secret_key),
    )


def count_old_hashes_system(session: Session, *, current: str) -> int:
    """Keys in force that nobody has used since the secret key became the one with id `current`."""
    return repository.count_old_hashes_system(session, current=current, now=clock.now_seconds())
