"""From a bearer key to a principal. Every route of ours depends on it; tests/meta lists the ones that do not."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from api.dependencies import ResourcesDep
from shared.errors import Kind, ServiceError
from shared.tenants.service import InvalidApiKeyError, Principal, authenticate, hash_again

_scheme = HTTPBearer(auto_error=False, description="An API key of this service.")


class MissingApiKeyError(ServiceError):
    kind = Kind.UNAUTHENTICATED
    code = "missing_api_key"

    def __init__(self) -> None:
        super().__init__("You didn't provide an API key. Send it as `Authorization: Bearer <key>`.")


class OrganizationMismatchError(ServiceError):
    kind = Kind.UNAUTHENTICATED
    code = "mismatched_organization"

    def __init__(self, header: str) -> None:
        super().__init__(
            f"{header} does not belong to this API key. Leave the header out, or use a key of that tenant."
        )


def get_principal(
    request: Request, resources: ResourcesDep, _documented: Annotated[object, Depends(_scheme)]
) -> Principal:
    """Raises 401 errors for missing, unknown, expired and revoked keys, and for somebody else's organization header."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if not scheme:
        raise MissingApiKeyError
    if scheme.lower() != "bearer":
        raise InvalidApiKeyError
    with resources.database.reading() as session:
        current, *retired = resources.secret_keys
        principal = authenticate(session, presented=key.strip(), secret_key=current, retired=retired)
    if principal.is_hash_old:
        with resources.database.transaction() as session:
            hash_again(session, principal, presented=key.strip(), secret_key=current)
    _check_header(request, "OpenAI-Organization", principal.organization_id)
    _check_header(request, "OpenAI-Project", principal.project_id)
    return principal


def _check_header(request: Request, header: str, own: str) -> None:
    # An empty environment variable makes SDKs send an empty header, which names nobody.
    if request.headers.get(header) not in {None, "", own}:
        raise OrganizationMismatchError(header)


PrincipalDep = Annotated[Principal, Depends(get_principal)]
