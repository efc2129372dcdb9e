"""A service that stands while a whole folder of tests comes and goes. Starting one takes longer than most tests.

What these fixtures share with tests/fixtures is their names, so that fixtures built on those work here as well.
"""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr
from sqlmodel import update

from shared.db.session import Database
from shared.migrations.runner import upgrade
from shared.outbox.tables import WorkItem, WorkState
from shared.resources import Resources, open_resources
from shared.settings import Settings
from tests.fixtures.api import serve
from tests.fixtures.database import Tenant, make_tenant
from tests.fixtures.drain import Drain
from tests.fixtures.settings import LOOPBACK, SECRET_KEY

DIALECTS = ["sqlite", "postgresql"]


@contextmanager
def standing_settings(request: pytest.FixtureRequest, data_dir: Path, **changes: Any) -> Iterator[Settings]:
    """Settings on a migrated database of the dialect that `request` asks for."""
    settings = Settings(
        data_dir=data_dir,
        secret_key=SecretStr(SECRET_KEY),
        log_level="WARNING",
        sqlite_synchronous="NORMAL",
        redis_url=request.getfixturevalue("redis_server").url,
        redis_key_prefix=f"test-{secrets.token_hex(4)}:",
        base_models={"tiny": str(request.getfixturevalue("tiny_model"))},
        max_sequence_tokens=512,
        train_device="cpu",
        train_threads=1,
        outbound_allowed_networks=LOOPBACK,
        outbound_allow_http=True,
    ).model_copy(update=changes)
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("sqlite_template"), data_dir / "tunery.db")
        yield settings
        return
    with request.getfixturevalue("postgres_server").fresh_database() as url:
        on_postgres = settings.model_copy(update={"database_url": url})
        upgrade(on_postgres)
        yield on_postgres


@pytest.fixture(scope="session")
def resources(settings: Settings) -> Iterator[Resources]:
    resources = open_resources(settings)
    yield resources
    resources.close()


@pytest.fixture(scope="session")
def database(resources: Resources) -> Database:
    return resources.database


@pytest.fixture(scope="session")
def api_url(settings: Settings) -> Iterator[str]:
    with serve(settings) as url:
        yield url


@pytest.fixture(scope="session")
def wire(api_url: str) -> Iterator[httpx2.Client]:
    """A bare client without a key."""
    with httpx2.Client(base_url=api_url, trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture
def drain(resources: Resources) -> Drain:
    """`drain()` does all work that this test has made."""
    return fresh_drain(resources)


def fresh_drain(resources: Resources) -> Drain:
    """A Drain for what will be asked from now on; what earlier tests left is withdrawn."""
    with resources.database.transaction() as session:
        session.execute(update(WorkItem).values(state=WorkState.DONE))
    return Drain(resources)


def new_tenant(resources: Resources, *, name: str) -> Tenant:
    """An organization nobody else has rows in."""
    return make_tenant(resources.database, resources.settings, name=name)
