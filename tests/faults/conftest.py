"""Parts of the service that count what they do."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from shared.resources import Resources
from shared.settings import Settings
from tests.faults.fleet import Fleet
from tests.faults.storm import Storm
from tests.fixtures.database import Tenant
from tests.fixtures.redis import RedisServer


@pytest.fixture
def service_settings(service_settings: Settings) -> Settings:
    """Resume points that fall between epochs, and receivers that are not waited for past the lease."""
    return service_settings.model_copy(update={"resume_every_steps": 7, "webhook_timeout_seconds": 2.0})


@pytest.fixture
def fleet(
    service_settings: Settings, tenant: Tenant, redis: RedisServer, resources: Resources, tmp_path: Path
) -> Iterator[Fleet]:
    """Nothing runs but Redis until `fleet.start()`; the table of effects is there."""
    with resources.database.transaction() as session:
        session.execute(text("CREATE TABLE effects (subject_id VARCHAR(64) NOT NULL)"))
    fleet = Fleet(service_settings, redis, resources, tmp_path / "logs")
    yield fleet
    fleet.stop()
    fleet.print_logs()


@pytest.fixture
def storm(fleet: Fleet, resources: Resources, tenant: Tenant) -> Storm:
    return Storm(fleet, resources, tenant.project_id)
