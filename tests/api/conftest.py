"""One API and one tenant for all tests of bad input: what is refused leaves nothing that the next test could meet."""

from collections.abc import Iterator

import httpx2
import pytest

from shared.resources import Resources
from shared.settings import Settings
from tests.api.standing import (  # noqa: F401  fixtures of this folder
    DIALECTS,
    api_url,
    database,
    drain,
    new_tenant,
    resources,
    standing_settings,
    wire,
)
from tests.api.traces import take_census
from tests.fixtures.database import Tenant
from tests.fixtures.waiting import wait_until

MAX_FILE_BYTES = 16 << 20
MAX_PART_BYTES = 1 << 20
MAX_WATCHERS = 3


@pytest.fixture(scope="session", params=DIALECTS)
def settings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A database for this folder's tests, on SQLite and on PostgreSQL in turn."""
    folder = tmp_path_factory.mktemp("api")
    limits = {
        "max_file_bytes": MAX_FILE_BYTES,
        "max_upload_part_bytes": MAX_PART_BYTES,
        "max_watchers_per_project": MAX_WATCHERS,
    }
    with standing_settings(request, folder, **limits) as settings:
        yield settings


@pytest.fixture(scope="session")
def tenant(resources: Resources) -> Tenant:  # noqa: F811
    return new_tenant(resources, name="Acme")


@pytest.fixture(scope="session")
def other_tenant(resources: Resources) -> Tenant:  # noqa: F811
    """Somebody in another organization, to whom nothing of `tenant` exists."""
    return new_tenant(resources, name="Stranger")


@pytest.fixture(scope="session")
def http(api_url: str, tenant: Tenant) -> Iterator[httpx2.Client]:  # noqa: F811
    """A bare client with the tenant's key, for requests no SDK would send."""
    headers = {"authorization": f"Bearer {tenant.api_key}"}
    with httpx2.Client(base_url=api_url, headers=headers, trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture
def unchanged(resources: Resources, wire: httpx2.Client) -> Iterator[None]:  # noqa: F811
    """Fails a test that leaves a row, an object or an unfinished file behind, or the service unwell."""
    before = take_census(resources)
    yield

    def is_as_before() -> bool:
        return take_census(resources) == before

    # A client that hung up is noticed a moment after it has gone.
    wait_until(is_as_before, 5, what=f"everything is as it was: {before.compare(take_census(resources))}")
    assert wire.get("/healthz").status_code == 200
