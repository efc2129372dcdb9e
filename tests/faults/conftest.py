"""Parts of the service that count what they do."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from shared.resources import Resources
from shared.settings import Settings
from tests.faults.effects import create_effects
from tests.faults.fleet import Fleet
from tests.faults.storm import Storm
from tests.faults.watcher import Watcher
from tests.fixtures.database import Tenant
from tests.fixtures.receiver import Receiver
from tests.fixtures.redis import RedisServer
from tests.fixtures.workers import Service


@pytest.fixture
def service_settings(service_settings: Settings) -> Settings:
    """Resume points that fall between epochs, and receivers that are not waited for past the lease."""
    return service_settings.model_copy(update={"resume_every_steps": 7, "webhook_timeout_seconds": 2.0})


@pytest.fixture
def fleet(
    service_settings: Settings, tenant: Tenant, redis: RedisServer, resources: Resources, tmp_path: Path
) -> Iterator[Fleet]:
    """Nothing runs but Redis until `fleet.start()`; the table of effects is there."""
    create_effects(resources.database)
    fleet = Fleet(service_settings, redis, resources, tmp_path / "logs")
    yield fleet
    fleet.stop()
    fleet.print_logs()


@pytest.fixture
def storm(fleet: Fleet, resources: Resources, tenant: Tenant) -> Storm:
    return Storm(fleet, resources, tenant.project_id)


@pytest.fixture
def watcher(client: openai.OpenAI, resources: Resources, tenant: Tenant) -> Watcher:
    return Watcher(client, resources, tenant)


@pytest.fixture
def trainer(service: Service, client: openai.OpenAI, receiver: Receiver) -> Service:
    """Everything a job needs is running, and a receiver is told of its end."""
    ends: list[Any] = ["fine_tuning.job.succeeded", "fine_tuning.job.failed", "fine_tuning.job.cancelled"]
    client.webhooks.create(name="test", url=receiver.url, event_types=ends)
    service.start("scheduler", "worker-data", "worker-notify", "worker-train")
    return service
