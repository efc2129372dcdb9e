"""Putting one prompt to one model, wherever it answers: at an upstream, or at our own model server."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import openai

from shared.errors import ServiceError
from shared.imports.foreign import clean, object_of, text_of, whole_of
from shared.models import service as models
from shared.models.service import ModelNotFoundError
from shared.providers.pacing import Pacer
from shared.providers.trouble import TroubleKind, UpstreamTroubleError
from shared.providers.turns import Unpaced, in_turn
from shared.recordings.progress import Answer
from worker.providers.wire import open_connection
from worker.unit import WorkUnit

_CONNECT_SECONDS = 5.0


class NobodyAnswersError(ServiceError):
    """The model answers nowhere that this worker can reach."""


@dataclass(frozen=True)
class Asker:
    """Safe to use from several threads at once."""

    client: openai.OpenAI
    pacer: Pacer
    fields: dict[str, Any]
    "What names the model to whoever answers."

    def ask(self, request: dict[str, Any], options: dict[str, Any]) -> Answer:
        """One answer. Raises UpstreamTroubleError."""
        started = time.monotonic()
        with in_turn(self.pacer):
            try:
                told = self.client.post("/chat/completions", cast_to=object, body=request | options | self.fields)
            except ValueError as error:
                raise _unreadable() from error
        return _read(told, seconds=time.monotonic() - started)


@contextmanager
def open_asker(unit: WorkUnit, model: str) -> Iterator[Asker]:
    """Raises NobodyAnswersError, or ServiceError where model or connection are gone."""
    settings = unit.settings
    with unit.database.reading() as session:
        row = None if model in settings.base_models else models.find_model(session, unit.project_id, model)
        if row is None and model not in settings.base_models:
            raise ModelNotFoundError(model)
    if row is not None and row.connection_id is not None:
        with open_connection(unit, unit.project_id, row.connection_id) as opened:
            yield Asker(opened.client, opened.pacer, {"model": row.upstream_name or row.name})
        return
    named = {"model": row.base if row else model, "adapter": row.adapter_prefix if row else None}
    with _model_server(unit) as client:
        yield Asker(client, Unpaced(), named)


@contextmanager
def _model_server(unit: WorkUnit) -> Iterator[openai.OpenAI]:
    settings = unit.settings
    if not settings.inference_url:
        raise NobodyAnswersError("No model server is configured (TUNERY_INFERENCE_URL), so nothing can answer.")
    timeout = httpx2.Timeout(settings.inference_timeout_seconds, connect=_CONNECT_SECONDS)
    with openai.OpenAI(
        base_url=f"{settings.inference_url}/v1",
        api_key=settings.inference_token.get_secret_value() or "none",
        organization="",
        project="",
        max_retries=0,
        http_client=httpx2.Client(timeout=timeout, trust_env=False),
    ) as client:
        client.organization = client.project = None
        yield client


def _read(told: object, *, seconds: float) -> Answer:
    document = clean(told) if isinstance(told, dict) else {}
    choices = document.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
    message = object_of(choice, "message")
    if not message:
        raise _unreadable()
    usage = object_of(document, "usage")
    return Answer(
        message=message,
        finish_reason=(text_of(choice, "finish_reason") or "")[:32] or None,
        prompt_tokens=_count_of(usage, "prompt_tokens"),
        completion_tokens=_count_of(usage, "completion_tokens"),
        seconds=seconds,
    )


def _count_of(usage: dict[str, Any], name: str) -> int | None:
    """A number of tokens; none below zero, which would give money back."""
    count = whole_of(usage, name)
    return count if count is not None and count >= 0 else None


def _unreadable() -> UpstreamTroubleError:
    return UpstreamTroubleError(TroubleKind.UNKNOWN, "The answer is no chat completion.")
