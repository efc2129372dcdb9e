"""An old organization that all tests of this folder look at, and ways to import from it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from pydantic import SecretStr

from shared.connections import service as connections
from shared.connections.kinds import ConnectionKind
from shared.connections.service import ConnectionRequest
from shared.connections.tables import Connection
from shared.db.session import Database
from shared.imports.tables import Import
from shared.settings import Settings
from tests.contract.model_server import TinyModelServer
from tests.fixtures.database import Tenant
from tests.fixtures.drain import Drain
from tests.fixtures.redis import RedisServer
from tests.fixtures.second_tunery import run_second_tunery
from tests.worker.imports.acting import Acting
from tests.worker.imports.old_organization import OldOrganization, build


class ConnectionMaker(Protocol):
    """Makes a connection to the old organization at a URL, with its key unless another is given."""

    def __call__(self, url: str, key: str | None = None) -> Connection: ...


@pytest.fixture(scope="session")
def old_model_server() -> Iterator[TinyModelServer]:
    """What answers chat completions in the old organization."""
    server = TinyModelServer()
    yield server
    server.close()


@pytest.fixture(scope="session")
def old_organization(
    tmp_path_factory: pytest.TempPathFactory,
    redis_server: RedisServer,
    sqlite_template: Path,
    tiny_model: Path,
    old_model_server: TinyModelServer,
) -> Iterator[OldOrganization]:
    """Trained once for all tests, which only look at it."""
    with run_second_tunery(
        tmp_path_factory.mktemp("old") / "organization",
        redis_url=redis_server.url,
        sqlite_template=sqlite_template,
        tiny_model=tiny_model,
        inference_url=old_model_server.url,
        inference_token=SecretStr("of the old model server"),
    ) as second:
        yield build(second)


@pytest.fixture
def connect(
    database: Database, settings: Settings, tenant: Tenant, old_organization: OldOrganization
) -> ConnectionMaker:
    """Make a connection to the old organization, by its own URL or through a proxy's."""

    def make(url: str, key: str | None = None) -> Connection:
        request = ConnectionRequest(
            name=f"old at {url}",
            kind=ConnectionKind.OPENAI_COMPATIBLE,
            secret=key or old_organization.second.api_key,
            base_url=f"{url}/v1",
        )
        with database.transaction() as session:
            return connections.create_connection(session, tenant.principal, request, settings=settings)

    return make


@pytest.fixture
def connection(connect: ConnectionMaker, old_organization: OldOrganization) -> Connection:
    return connect(old_organization.second.url)


@pytest.fixture
def acting(database: Database, tenant: Tenant) -> Acting:
    """What tests of imports do and look at."""
    return Acting(database, tenant)


@pytest.fixture
def imported(acting: Acting, connection: Connection, drain: Drain) -> Import:
    """The old organization, taken over."""
    started = acting.start(connection)
    drain()
    return acting.look(started)
