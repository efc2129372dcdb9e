"""Requests sent twice have one effect: an explicit Idempotency-Key, or a retry recognised by its body."""

import hashlib
from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from sqlmodel import Session

from api.auth import PrincipalDep
from api.dependencies import SettingsDep
from shared.db.session import Database
from shared.errors import InvalidInputError
from shared.idempotency.service import RequestMark, find_answer, look_up_answer, remember_answer
from shared.settings import Settings
from shared.tenants.service import Principal

Answer = TypeVar("Answer", bound=BaseModel)

_KEY_LIMIT = 255


class Once:
    """Runs a creation at most once for requests that are the same."""

    def __init__(self, request: Request, principal: Principal, settings: Settings, explicit_key: str | None) -> None:
        self._route = f"{request.method} {request.url.path.removeprefix('/openai')}"
        self._body_sha256: str = request.scope.get("state", {}).get("body_sha256", "")
        self._is_retry = request.headers.get("x-stainless-retry-count", "0") not in {"", "0"}
        self._principal = principal
        self._settings = settings
        self._explicit_key = _checked(explicit_key)

    def answer(
        self, session: Session, model: type[Answer], make: Callable[[], Answer], *, body_sha256: str | None = None
    ) -> Answer:
        """What `make` answers, now or when the same request came before; `body_sha256` stands for a streamed body."""
        mark = self._mark(body_sha256 or self._body_sha256)
        earlier = find_answer(session, self._principal.project_id, mark)
        if earlier is not None:
            return model.model_validate_json(earlier)
        made = make()
        remember_answer(session, self._principal.project_id, mark, made.model_dump_json())
        return made

    def find_earlier(self, database: Database, model: type[Answer]) -> Answer | None:
        """The answer to the same request, for routes with long work to spare before `answer`."""
        # Only looked at: the key is taken together with the effect, which may still be refused.
        with database.reading() as session:
            earlier = look_up_answer(session, self._principal.project_id, self._mark(self._body_sha256))
        return None if earlier is None else model.model_validate_json(earlier)

    def _mark(self, body_sha256: str) -> RequestMark:
        fingerprint = hashlib.sha256(f"{self._route}\n{body_sha256}".encode()).hexdigest()
        if self._explicit_key is not None:
            window = self._settings.idempotency_hours * 3600
            return RequestMark(f"key:{self._explicit_key}", fingerprint, window, may_replay=True)
        derived = hashlib.sha256(f"{self._principal.key_id}\n{fingerprint}".encode()).hexdigest()
        return RequestMark(
            f"auto:{derived}", fingerprint, self._settings.retry_window_seconds, may_replay=self._is_retry
        )


def _checked(key: str | None) -> str | None:
    if key is not None and (not 1 <= len(key) <= _KEY_LIMIT or not key.isascii() or not key.isprintable()):
        raise InvalidInputError(
            f"Idempotency-Key must be 1 to {_KEY_LIMIT} printable ASCII characters.",
            param="Idempotency-Key",
            code="invalid_idempotency_key",
        )
    return key


def get_once(
    request: Request,
    principal: PrincipalDep,
    settings: SettingsDep,
    idempotency_key: Annotated[
        str | None, Header(description="Requests with the same key have one effect within a day.")
    ] = None,
) -> Once:
    return Once(request, principal, settings, idempotency_key)


OnceDep = Annotated[Once, Depends(get_once)]
