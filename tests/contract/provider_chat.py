"""Chat through a connection: what a provider answers, and the fixtures of this folder that connect a tenant to one."""

from typing import Any

import httpx2
import openai
import pytest
from openai.types.chat import ChatCompletionUserMessageParam

from shared.connections import service as connections
from shared.connections.kinds import ConnectionKind
from shared.connections.service import ConnectionRequest
from shared.connections.tables import Connection
from shared.models import service as models
from shared.resources import Resources
from tests.fixtures.database import Tenant
from tests.fixtures.provider import Provider, reply

SECRET = "sk-provider-0123456789-abcdwxyz"
CHAT = "/v1/chat/completions"
HELLO: list[ChatCompletionUserMessageParam] = [{"role": "user", "content": "Hello"}]
USAGE = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}
WHOLE = {
    "id": "chatcmpl-9",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-4o-2024-08-06",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Hi", "refusal": None},
            "finish_reason": "stop",
            "logprobs": None,
        }
    ],
    "usage": USAGE,
}


def chunk(content: str | None, *, usage: Any = None, is_last: bool = False) -> dict[str, Any]:
    """A chunk of a stream; without content and not the last, it is the one that has the usage."""
    delta = {} if content is None else {"content": content}
    choice = {"index": 0, "delta": delta, "finish_reason": "stop" if is_last else None, "logprobs": None}
    head = {"id": "chatcmpl-9", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o-2024-08-06"}
    return head | {"choices": [] if usage else [choice], "usage": usage}


STREAM = (chunk("Hi"), chunk(" there"), chunk(None, is_last=True), chunk(None, usage=USAGE), "[DONE]")


@pytest.fixture
def connection(resources: Resources, tenant: Tenant, provider: Provider) -> Connection:
    """To the provider, for gpt-4o and its kin; it answers whole and knows its key."""
    provider.replies[CHAT] = reply(WHOLE)
    request = ConnectionRequest(
        name="provider",
        kind=ConnectionKind.OPENAI_COMPATIBLE,
        base_url=provider.base_url,
        secret=SECRET,
        model_patterns=["gpt-4o*"],
    )
    with resources.database.transaction() as session:
        return connections.create_connection(session, tenant.principal, request, settings=resources.settings)


@pytest.fixture
def tuned(resources: Resources, tenant: Tenant, connection: Connection) -> str:
    """A model of this project that the provider has trained."""
    name = f"ft:gpt-4o:acme::{tenant.project_id[-8:]}"
    with resources.database.transaction() as session:
        models.register_model(
            session,
            tenant.project_id,
            name=name,
            base="gpt-4o",
            job_id="ftjob-1",
            step_number=9,
            adapter_prefix="",
            connection_id=connection.id,
            upstream_name="ft:gpt-4o:theirs::abc",
        )
    return name


def ask(client: openai.OpenAI, model: str = "gpt-4o", **options: Any) -> Any:
    return client.chat.completions.create(model=model, messages=HELLO, **options)


def used(http: httpx2.Client) -> list[dict[str, Any]]:
    """What the project has used today."""
    buckets = http.get("/api/v1/usage/completions").json()["data"]
    return [result for bucket in buckets for result in bucket["results"]]
