"""Looking after connections: lists fetched, states kept, and projects told of models that go away."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from shared.connections import service
from shared.connections.kinds import ConnectionState
from shared.connections.tables import Connection
from shared.models import service as models
from shared.outbox.tables import WorkItem, WorkState
from shared.resources import Resources
from shared.tasks import Work
from shared.usage import service as usage
from shared.usage.writer import UsageWriter
from shared.webhooks import service as webhooks
from tests.fixtures.database import Tenant
from tests.fixtures.drain import Drain
from tests.fixtures.provider import Provider, reply
from tests.fixtures.receiver import Receiver
from tests.fixtures.settings import on_sqlite
from tests.shared.connections.acting import create
from tests.shared.webhooks.acting import POLICY

MODELS = "/v1/models"
TUNED = "ft:qwen-7b:acme::AbCdEfGh"


def in_days(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def listed(**dates: str | None) -> Any:
    """A list of models with these shutdown dates; `qwen_7b` is the model qwen-7b."""
    data = [{"id": name.replace("_", "-"), "object": "model", "shutdown_date": day} for name, day in dates.items()]
    return reply({"object": "list", "data": data})


@pytest.fixture
def connection(resources: Resources, tenant: Tenant, provider: Provider) -> Connection:
    provider.replies[MODELS] = listed(qwen_7b=in_days(20))
    return create(resources.database, resources.settings, tenant, base_url=provider.base_url)


@pytest.fixture
def look(drain: Drain) -> Any:
    """Let a day pass: everything that waits for a time is done."""

    def look_now() -> None:
        drain.hasten()
        drain()

    return look_now


@pytest.fixture
def told(resources: Resources, tenant: Tenant, receiver: Receiver) -> Any:
    """What a subscribed endpoint of the tenant has got."""
    with resources.database.transaction() as session:
        webhooks.create_endpoint(
            session,
            tenant.project_id,
            name="ops",
            url=receiver.url,
            event_types=["model.retiring"],
            secret_key=resources.secret_key,
            policy=POLICY,
        )

    def bodies() -> list[dict[str, Any]]:
        return [json.loads(request.body) for request in receiver.requests]

    return bodies


def tune(resources: Resources, tenant: Tenant, connection: Connection, name: str = TUNED) -> None:
    """A model of the tenant that the connection's provider has trained."""
    with resources.database.transaction() as session:
        models.register_model(
            session,
            tenant.project_id,
            name=name,
            base="qwen-7b",
            job_id="ftjob-1",
            step_number=1,
            adapter_prefix="",
            connection_id=connection.id,
            upstream_name="ft:qwen-7b:theirs::x",
        )


class TestLooking:
    def test_keeps_what_is_listed(
        self, resources: Resources, tenant: Tenant, connection: Connection, look: Any
    ) -> None:
        """A new connection's models are known without anybody asking, and it is looked at again a day later."""
        look()

        with resources.database.reading() as session:
            kept = service.get_connection(session, tenant.project_id, connection.id)
            work = session.exec(select(WorkItem).where(col(WorkItem.kind) == Work.WATCH_CONNECTION)).one()
        assert [model["id"] for model in kept.listed_models] == ["qwen-7b"]
        assert work.state == WorkState.READY
        assert 23 * 3600 < work.due_at - datetime.now(UTC).timestamp() < 25 * 3600

    @on_sqlite
    def test_notices_a_key_that_no_longer_works(
        self, resources: Resources, tenant: Tenant, connection: Connection, provider: Provider, look: Any
    ) -> None:
        """A provider that refuses the key makes the connection revoked; the next day it is tried again."""
        provider.replies[MODELS] = reply({}, 401)
        look()
        with resources.database.reading() as session:
            assert service.get_connection(session, tenant.project_id, connection.id).state == ConnectionState.REVOKED

        provider.replies[MODELS] = listed()
        look()

        with resources.database.reading() as session:
            assert service.get_connection(session, tenant.project_id, connection.id).state == ConnectionState.OK

    @on_sqlite
    def test_ends_with_the_connection(
        self, resources: Resources, tenant: Tenant, connection: Connection, provider: Provider, look: Any
    ) -> None:
        """A deleted connection is not called any more."""
        with resources.database.transaction() as session:
            service.delete_connection(session, tenant.principal, connection.id)

        look()
        look()

        assert provider.asked == []


class TestRetiring:
    def test_is_told_once_a_threshold(
        self, resources: Resources, tenant: Tenant, connection: Connection, provider: Provider, *, look: Any, told: Any
    ) -> None:
        """A tuned model whose base goes away is told of when it has come to a threshold, however often one looks."""
        tune(resources, tenant, connection)
        for days in (20, 19, 7, 6):
            provider.replies[MODELS] = listed(qwen_7b=in_days(days))
            look()
            look()

        events = told()
        assert [event["type"] for event in events] == ["model.retiring"] * 2
        assert [event["data"]["threshold_days"] for event in events] == [30, 7]
        assert events[0]["data"] == {
            "id": TUNED,
            "shutdown_date": in_days(20),
            "days_left": 20,
            "threshold_days": 30,
            "connection_id": connection.id,
        }

    @on_sqlite
    def test_of_a_model_that_is_asked(
        self, resources: Resources, tenant: Tenant, connection: Connection, look: Any, told: Any
    ) -> None:
        """A model that was asked lately is in use, and one that only is on the list is not."""
        look()
        assert told() == []

        writer = UsageWriter(resources.database)
        writer.tell(
            usage.usage_row(
                project_id=tenant.project_id,
                key_id="key_1",
                connection_id=connection.id,
                model="qwen-7b",
                usage=None,
                is_stream=False,
            )
        )
        writer.close()
        look()

        assert [event["data"]["id"] for event in told()] == ["qwen-7b"]

    @on_sqlite
    def test_is_the_business_of_its_project(
        self, resources: Resources, other_tenant: Tenant, provider: Provider, look: Any, told: Any
    ) -> None:
        """Another project's model is told to nobody else."""
        provider.replies[MODELS] = listed(qwen_7b=in_days(20))
        theirs = create(resources.database, resources.settings, other_tenant, base_url=provider.base_url)
        tune(resources, other_tenant, theirs)

        look()

        assert told() == []
