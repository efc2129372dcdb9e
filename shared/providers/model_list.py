"""Asking a provider for its models: the test call of a connection. Bounded in bytes and in time, never raises.

What comes back is somebody else's: names and dates that do not look like it are left out.
"""

import time
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

import httpx2
import msgspec
import structlog

from shared.outbound.client import guarded_client
from shared.outbound.guard import UNREACHABLE
from shared.providers.upstream import Upstream, UpstreamAuth
from shared.settings import Settings

log = structlog.get_logger(__name__)

_SECONDS = 15.0
"For the whole call, however slowly a provider sends."
_BYTES = 8 << 20
"OpenAI's own list is about 20 kB; an account with thousands of tuned models stays below a tenth of this."
_NAME_CHARACTERS = 256
_JSON = "json"


class Outcome(StrEnum):
    OK = "ok"
    BAD_KEY = "bad_key"
    NOT_PERMITTED = "not_permitted"
    NOT_FOUND = "not_found"
    RATE_LIMITED = "rate_limited"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    NOT_JSON = "not_json"
    TOO_LARGE = "too_large"
    REFUSED = "refused"


_WORDS = {
    Outcome.OK: "The provider answered with its models.",
    Outcome.BAD_KEY: "The provider does not accept the key. Check that it is whole, still valid, and of this provider.",
    Outcome.NOT_PERMITTED: "The provider knows the key and does not let it list models. It may be good for the rest: "
    "name the models by hand.",
    Outcome.NOT_FOUND: "The provider has no GET /models under this base URL. Most base URLs end in /v1.",
    Outcome.RATE_LIMITED: "The provider asks to come back later: too many requests, or no quota left.",
    Outcome.UNREACHABLE: UNREACHABLE,
    Outcome.TIMEOUT: f"The provider did not answer within {_SECONDS:g} seconds.",
    Outcome.NOT_JSON: "What answered is no API: it sent something else than a list of models. Check the base URL.",
    Outcome.TOO_LARGE: "The answer was larger than any list of models; it was not read to its end.",
    Outcome.REFUSED: "The provider refused the call.",
}


@dataclass(frozen=True)
class ModelListing:
    """What a call met. A model has `id`, `created`, `owned_by` and `shutdown_date`; the last two may be null."""

    outcome: Outcome
    status_code: int | None
    seconds: float
    models: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_ok(self) -> bool:
        return self.outcome is Outcome.OK

    @property
    def message(self) -> str:
        """One sentence for people, the same for every provider."""
        return _WORDS[self.outcome]


def fetch_models(upstream: Upstream, settings: Settings) -> ModelListing:
    """GET /models with the connection's key."""
    started = time.monotonic()
    status = None
    try:
        with (
            guarded_client(settings, timeout=_SECONDS, within_seconds=_SECONDS, auth=UpstreamAuth(upstream)) as client,
            client.stream("GET", f"{upstream.base_url}/models", headers={"accept": "application/json"}) as response,
        ):
            status = response.status_code
            outcome = _judge_status(response)
            body = _read(response) if outcome is Outcome.OK else b""
    except httpx2.TimeoutException:
        outcome, body = Outcome.TIMEOUT, b""
    except httpx2.HTTPError as error:
        log.warning("upstream.unreachable", connection=upstream.connection_id, error=type(error).__name__)
        outcome, body = Outcome.UNREACHABLE, b""
    if len(body) > _BYTES:
        outcome = Outcome.TOO_LARGE
    models = _models_in(body) if outcome is Outcome.OK else []
    if models is None:
        outcome, models = Outcome.NOT_JSON, []
    return ModelListing(outcome, status, time.monotonic() - started, models)


def _judge_status(response: httpx2.Response) -> Outcome:
    known = {401: Outcome.BAD_KEY, 403: Outcome.NOT_PERMITTED, 404: Outcome.NOT_FOUND, 429: Outcome.RATE_LIMITED}
    if response.status_code in known:
        return known[response.status_code]
    if not response.is_success:
        return Outcome.REFUSED
    return Outcome.OK if _JSON in response.headers.get("content-type", "") else Outcome.NOT_JSON


def _read(response: httpx2.Response) -> bytes:
    """The body, up to one byte more than is taken."""
    taken = bytearray()
    for piece in response.iter_bytes():
        taken += piece
        if len(taken) > _BYTES:
            break
    return bytes(taken)


def _models_in(body: bytes) -> list[dict[str, Any]] | None:
    """The models of a list; None when the document is no list. Azure and others leave fields out or add some."""
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None
    listed = document.get("data") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        return None
    return [_model(entry) for entry in listed if isinstance(entry, dict) and _is_name(entry.get("id"))]


def _model(entry: dict[str, Any]) -> dict[str, Any]:
    created, owner = entry.get("created"), entry.get("owned_by")
    return {
        "id": entry["id"],
        "created": created if isinstance(created, int) and 0 <= created < 1 << 40 else 0,
        "owned_by": owner if _is_name(owner) else None,
        "shutdown_date": _date_in(entry.get("shutdown_date")),
    }


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _NAME_CHARACTERS and value.isprintable()


def _date_in(value: object) -> str | None:
    """`YYYY-MM-DD`, which a list of models may spell with a time behind it."""
    try:
        return date.fromisoformat(str(value)[:10]).isoformat()
    except ValueError:
        return None
