"""What may go wrong with a request to an upstream, by what it means for whoever sent it. Knows no job.

Everything an upstream says is untrusted text: it is cut, made printable, and searched for keys and addresses before it
stands in an error of ours.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

import httpx2
import msgspec
import openai

from shared.log import mask
from shared.outbound.bounds import AnswerTooLargeError
from shared.retry_after import read_retry_after_seconds

_MESSAGE_CHARS = 400
_CODE_CHARS = 64
_ADDRESS = re.compile(r"https?://[^\s\"'<>]+", re.IGNORECASE)
_KEY_LIKE = re.compile(r"\b[A-Za-z0-9_-]*\*{3,}[A-Za-z0-9_-]*|\b(?:sk|key|api)[-_][A-Za-z0-9_-]{8,}")
# A job that exists answers none of these; what else goes wrong leaves open whether it does.
_CERTAIN_REFUSALS = frozenset({400, 401, 403, 404, 405, 410, 413, 414, 415, 422, 429})
_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
_QUOTA_CODES = frozenset({"insufficient_quota", "exceeded_quota", "quotaexceeded", "credit_balance_exhausted"})
_MOST_RETRY_AFTER_SECONDS = 3600.0


class TroubleKind(StrEnum):
    UNREACHABLE = "unreachable"
    "The request was never sent."
    UNKNOWN = "unknown"
    "It may or may not have had its effect."
    RATE_LIMITED = "rate_limited"
    "Nothing happened; the same request will do later."
    KEY_REFUSED = "key_refused"
    MISSING = "missing"
    "404: what the request is about is not there, or the upstream does not know this kind of request."
    REFUSED = "refused"
    "Nothing happened, and nothing will if the same is asked again."


class UpstreamTroubleError(Exception):
    """A request that did not go well. `message` and `code` are the upstream's own, made harmless."""

    def __init__(
        self,
        kind: TroubleKind,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        param: str | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message
        self.status = status
        self.code = code
        self.param = param
        self.retry_after_seconds = retry_after_seconds

    @property
    def will_pass(self) -> bool:
        """Whether the same request may do later without anybody changing anything."""
        return self.kind in {TroubleKind.UNREACHABLE, TroubleKind.UNKNOWN, TroubleKind.RATE_LIMITED}


@contextmanager
def naming_trouble() -> Iterator[None]:
    """Turn whatever an SDK call or the reading of its answer raises into UpstreamTroubleError."""
    try:
        yield
    except openai.APIStatusError as error:
        raise _of_status(error) from None
    except openai.APIConnectionError as error:
        if isinstance(error.__cause__, _NEVER_SENT):
            raise UpstreamTroubleError(TroubleKind.UNREACHABLE, "The upstream could not be reached.") from None
        told = "did not answer in time" if isinstance(error, openai.APITimeoutError) else "broke the connection off"
        if isinstance(error.__cause__, AnswerTooLargeError):
            told = "answered with more than was wanted"
        raise UpstreamTroubleError(TroubleKind.UNKNOWN, f"The upstream {told}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, httpx2.HTTPError):
        raise UpstreamTroubleError(
            TroubleKind.UNKNOWN, "The upstream's answer is not of the wire's form. Is its base URL the right one?"
        ) from None


def harmless(text: object, *, max_chars: int = _MESSAGE_CHARS) -> str:
    """Somebody else's text on one line, without keys, addresses and unprintable characters."""
    shown = "".join(c if c.isprintable() else " " for c in str(text)[: 4 * max_chars])
    shown = _KEY_LIKE.sub("[masked]", _ADDRESS.sub("[address]", mask(shown)))
    return shown if len(shown) <= max_chars else shown[: max_chars - 1] + "…"


def _of_status(error: openai.APIStatusError) -> UpstreamTroubleError:
    status = error.status_code
    body = error.body if isinstance(error.body, dict) else {}
    code = body.get("code") or body.get("type")
    message = body.get("message") or body.get("detail") or f"The upstream answered {status}."
    return UpstreamTroubleError(
        _kind_of(status, str(code or "")),
        harmless(message),
        status=status,
        code=harmless(code, max_chars=_CODE_CHARS) if code else None,
        param=harmless(body["param"], max_chars=_CODE_CHARS) if isinstance(body.get("param"), str) else None,
        retry_after_seconds=_bounded_retry_after_seconds(error.response.headers),
    )


def _kind_of(status: int, code: str) -> TroubleKind:
    match status:
        case 401:
            return TroubleKind.KEY_REFUSED
        case 404:
            return TroubleKind.MISSING
        case 429:
            return TroubleKind.REFUSED if code.lower() in _QUOTA_CODES else TroubleKind.RATE_LIMITED
    return TroubleKind.REFUSED if status in _CERTAIN_REFUSALS else TroubleKind.UNKNOWN


def _bounded_retry_after_seconds(headers: httpx2.Headers) -> float | None:
    """A provider cannot park us for longer than an hour."""
    seconds = read_retry_after_seconds(headers)
    return None if seconds is None else min(seconds, _MOST_RETRY_AFTER_SECONDS)
