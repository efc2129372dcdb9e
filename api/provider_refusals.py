"""What a provider refuses, in our envelope: its words where they are the caller's business, no address and no key."""

import re
from typing import Any
from urllib.parse import urlsplit

import httpx2
import msgspec
import structlog

from shared.connections.serving import UpstreamTarget
from shared.errors import Kind, ServiceError, UnavailableError
from shared.log import mask
from shared.retry_after import read_retry_after_seconds

log = structlog.get_logger(__name__)

_MESSAGE_CHARACTERS = 800
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_PARAM = re.compile(r"[\w.\[\]-]{1,128}")
_KINDS = {
    400: Kind.INVALID,
    402: Kind.FORBIDDEN,
    403: Kind.FORBIDDEN,
    404: Kind.NOT_FOUND,
    410: Kind.NOT_FOUND,
    413: Kind.TOO_LARGE,
    422: Kind.INVALID,
    429: Kind.RATE_LIMITED,
}
_KEY_REFUSED = 401


class ProviderUnavailableError(UnavailableError):
    code = "upstream_unavailable"

    def __init__(self, connection: str, what: str) -> None:
        super().__init__(f"The provider of connection `{connection}` {what}. Ask again later.")


class ProviderKeyRefusedError(ServiceError):
    """Not a 401: that would say the caller's own key is wrong."""

    kind = Kind.FORBIDDEN
    code = "connection_key_refused"

    def __init__(self, connection: str) -> None:
        super().__init__(
            f"The provider does not accept the key of connection `{connection}`. "
            "Give it another with PATCH /api/v1/connections/{id}."
        )


class ProviderRefusalError(ServiceError):
    """A refusal of the provider, in its own words."""


def refusal_of(target: UpstreamTarget, response: httpx2.Response, body: bytes) -> ServiceError:
    """The error to raise for an answer that is no success."""
    status = response.status_code
    message, code, param = _told(body)
    log.warning(
        "provider.refused",
        connection=target.upstream.connection_id,
        status=status,
        code=code,
        message=without_secrets(message, target)[:200],
    )
    if status == _KEY_REFUSED:
        return ProviderKeyRefusedError(target.name)
    kind = _KINDS.get(status)
    if kind is None or (not message and kind is not Kind.RATE_LIMITED):
        return ProviderUnavailableError(target.name, "could not answer")
    shown = without_secrets(message, target) or "Too many requests to the provider; ask again later."
    return ProviderRefusalError(
        shown[:_MESSAGE_CHARACTERS],
        kind=kind,
        code=code,
        param=param,
        retry_after_seconds=read_retry_after_seconds(response.headers) if kind is Kind.RATE_LIMITED else None,
    )


def _told(body: bytes) -> tuple[str, str | None, str | None]:
    """Message, code and param of OpenAI's envelope, or of the `detail` that FastAPI's own errors have."""
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return "", None, None
    error = document.get("error", document.get("detail")) if isinstance(document, dict) else None
    if isinstance(error, list):
        error = {"message": "; ".join(str(item.get("msg")) for item in error[:3] if isinstance(item, dict))}
    if not isinstance(error, dict):
        return (error if isinstance(error, str) else ""), None, None
    return str(error.get("message") or ""), _fitting(_CODE, error.get("code")), _fitting(_PARAM, error.get("param"))


def _fitting(form: re.Pattern[str], value: Any) -> str | None:
    return value if isinstance(value, str) and form.fullmatch(value) else None


def without_secrets(message: str, target: UpstreamTarget) -> str:
    """What a provider wrote, less what it quotes of us: the key, and its address, which is the operator's to know."""
    host = urlsplit(target.upstream.base_url).hostname or target.name
    for secret in (target.upstream.api_key.get_secret_value(), target.upstream.base_url, host):
        message = message.replace(secret, "[…]")
    return "".join(c if c.isprintable() else " " for c in mask(message))
