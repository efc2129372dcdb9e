"""Remembering answers, so that a request sent twice has one effect.

Unmodified SDKs repeat a POST after timeouts and dropped connections and send no Idempotency-Key. An explicit key is
remembered for a day; without one, a repeated identical request is recognised by its body and `x-stainless-retry-count`.
"""

from dataclasses import dataclass

from sqlmodel import Session

from shared import clock
from shared.errors import InvalidInputError
from shared.idempotency import repository
from shared.idempotency.tables import RememberedAnswer


class IdempotencyKeyReusedError(InvalidInputError):
    code = "idempotency_key_reused"


@dataclass(frozen=True)
class RequestMark:
    """What makes two requests the same: an explicit or derived key, and a fingerprint of method, route and body."""

    key: str
    fingerprint: str
    window_seconds: float
    may_replay: bool
    "Whether an earlier answer may be given again: always with an explicit key, else only to a retry."


def find_answer(session: Session, project_id: str, mark: RequestMark) -> str | None:
    """The body answered before, or None and the key is now taken.

    Raises IdempotencyKeyReusedError when the key came with another request.
    """
    return _replay(repository.claim_key(session, project_id, key=mark.key, fingerprint=mark.fingerprint), mark)


def look_up_answer(session: Session, project_id: str, mark: RequestMark) -> str | None:
    """The same without taking the key, for requests with long work to spare before their transaction begins."""
    return _replay(repository.find_key(session, project_id, key=mark.key), mark)


def _replay(earlier: RememberedAnswer | None, mark: RequestMark) -> str | None:
    is_fresh = earlier is not None and earlier.created_at > clock.now() - mark.window_seconds
    if earlier is None or not is_fresh or not mark.may_replay or not earlier.body:
        return None
    if earlier.fingerprint != mark.fingerprint:
        raise IdempotencyKeyReusedError(
            "This Idempotency-Key was used for another request. Use a new key for a new request.",
            param="Idempotency-Key",
        )
    return earlier.body


def remember_answer(session: Session, project_id: str, mark: RequestMark, body: str) -> None:
    """Keep the answer under the key that `find_answer` took, in the transaction of the effect."""
    repository.write_answer(session, project_id, key=mark.key, fingerprint=mark.fingerprint, body=body)


def forget_old_system(session: Session, *, older_than_seconds: float) -> int:
    """Delete answers nobody may ask for again; how many."""
    return repository.forget_old_system(session, older_than_seconds=older_than_seconds)
