"""Jobs to begin with."""

from typing import Any

import pytest

from shared.db.session import Database
from shared.jobs.tables import Job
from shared.settings import Settings
from tests.factories.rows import add_job, add_running_job
from tests.fixtures.database import Tenant
from tests.shared.jobs.acting import JobMaker


@pytest.fixture
def make_job(database: Database, tenant: Tenant, settings: Settings) -> JobMaker:
    def make(**request: Any) -> Job:
        with database.transaction() as session:
            return add_job(session, tenant.principal, settings, **request)

    return make


@pytest.fixture
def job(make_job: JobMaker) -> Job:
    """A job whose files are being checked."""
    return make_job()


@pytest.fixture
def running(database: Database, tenant: Tenant, settings: Settings) -> Job:
    """A job in training."""
    with database.transaction() as session:
        return add_running_job(session, tenant.principal, settings)
