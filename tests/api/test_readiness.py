"""What the service says and does while a part of it is away."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest

from shared.resources import Resources
from shared.settings import Settings
from tests.api.answers import assert_refused
from tests.api.datasets import good_file
from tests.api.forms import CONTENT_TYPE, PURPOSE, file_part, form
from tests.fixtures.api import serve
from tests.fixtures.database import Tenant
from tests.fixtures.redis import RedisServer
from tests.fixtures.settings import on_sqlite

WELL = {"status": "ok", "database": "ok", "broker": "ok", "object_store": "ok"}
UPLOAD: dict[str, Any] = {"content": form(PURPOSE, file_part(good_file())), "headers": CONTENT_TYPE}


@contextmanager
def without_object_folder(settings: Settings) -> Iterator[None]:
    """The object folder is gone and a file stands in its place, as after a failed mount."""
    folder = settings.data_dir / "objects"
    aside = folder.rename(settings.data_dir / "objects-aside")
    folder.touch()
    try:
        yield
    finally:
        folder.unlink()
        aside.rename(folder)


class TestBroker:
    def test_without_redis_the_service_is_not_ready_and_still_takes_work(
        self, http: httpx2.Client, redis: RedisServer
    ) -> None:
        """Redis only rings bells: while it is away /readyz says so, and files and jobs are taken all the same."""
        redis.kill()

        ready = http.get("/readyz")
        file = http.post("/v1/files", **UPLOAD)
        job = http.post("/v1/fine_tuning/jobs", json={"model": "tiny", "training_file": file.json()["id"]})

        assert ready.status_code == 503
        assert ready.json() == WELL | {"status": "unavailable", "broker": "unavailable"}
        assert (file.status_code, job.status_code) == (200, 200)

        redis.start()
        assert http.get("/readyz").json() == WELL


class TestObjectStore:
    @pytest.mark.usefixtures("unchanged")
    def test_without_its_folder_the_service_is_not_ready(self, http: httpx2.Client, settings: Settings) -> None:
        """While objects cannot be written, /readyz says so and an upload is a 503 that may be tried again."""
        with without_object_folder(settings):
            ready = http.get("/readyz")
            file = http.post("/v1/files", **UPLOAD)
            listed = http.get("/v1/files")

        assert ready.status_code == 503
        assert ready.json() == WELL | {"status": "unavailable", "object_store": "unavailable"}
        assert_refused(file, 503, code="storage_unavailable")
        assert listed.status_code == 200
        assert http.get("/readyz").json() == WELL


@on_sqlite
class TestDatabase:
    @pytest.fixture
    def without_database(self, settings: Settings, tenant: Tenant) -> Iterator[httpx2.Client]:
        """A client of an API whose PostgreSQL does not answer."""
        nowhere = settings.model_copy(update={"database_url": "postgresql://nobody@127.0.0.1:1/none"})
        headers = {"authorization": f"Bearer {tenant.api_key}"}
        with serve(nowhere) as url, httpx2.Client(base_url=url, headers=headers, trust_env=False) as client:
            yield client

    def test_without_a_database_the_service_is_not_ready(self, without_database: httpx2.Client) -> None:
        """The process lives, /readyz names the database, and what fails is not told to strangers."""
        ready = without_database.get("/readyz")

        assert without_database.get("/healthz").status_code == 200
        assert ready.status_code == 503
        assert ready.json() == WELL | {"status": "unavailable", "database": "unavailable"}

    def test_requests_are_refused_as_unavailable(self, without_database: httpx2.Client) -> None:
        """A request is a 503, which SDKs repeat by themselves, and says nothing of hosts and users."""
        response = without_database.get("/v1/files")

        assert_refused(response, 503, code="database_unavailable")
        assert "127.0.0.1" not in response.text


class TestLostDatabaseConnections:
    @pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
    def test_a_database_that_was_restarted_is_found_again(self, http: httpx2.Client, resources: Resources) -> None:
        """Connections that the server has closed are replaced without a request noticing."""
        http.get("/v1/files")
        with resources.database.transaction() as session:
            session.connection().exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

        assert http.get("/v1/files").status_code == 200
