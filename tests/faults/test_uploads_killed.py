"""An upload that dies half-way: as if it had never begun."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from urllib.parse import urlsplit

import openai
import pytest

from shared.resources import Resources
from shared.storage.local_writer import PARTIAL_MARK
from tests.faults.trainings import rows_of
from tests.fixtures.database import Tenant
from tests.fixtures.settings import on_sqlite
from tests.fixtures.waiting import wait_until
from tests.fixtures.workers import Service

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]

FORM = (
    b'--edge\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nfine-tune\r\n'
    b'--edge\r\ncontent-disposition: form-data; name="file"; filename="big.jsonl"\r\n\r\n'
)
MEGABYTE = 1 << 20


@contextmanager
def half_an_upload(url: str, api_key: str) -> Iterator[None]:
    """A connection over which six of twelve megabytes have been sent."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=20)
    connection.putrequest("POST", "/v1/files")
    connection.putheader("authorization", f"Bearer {api_key}")
    connection.putheader("content-type", "multipart/form-data; boundary=edge")
    connection.putheader("content-length", str(12 * MEGABYTE))
    connection.endheaders(FORM + bytes(6 * MEGABYTE))
    yield
    connection.close()


@on_sqlite
class TestUploads:
    def test_api_killed_in_the_middle(self, service: Service, tenant: Tenant, resources: Resources) -> None:
        """An upload during which the API is killed leaves no file and no object, and can be made again."""
        objects = service.settings.data_dir
        service.start("api")

        with half_an_upload(service.url, tenant.api_key):
            wait_until(lambda: any(objects.rglob(f"*{PARTIAL_MARK}*")), what="the upload is being written")
            service.restart("api")

        with openai.OpenAI(base_url=f"{service.url}/v1", api_key=tenant.api_key, max_retries=0) as client:
            assert client.files.list().data == []
            assert list(resources.store.list()) == []
            again = client.files.create(file=("big.jsonl", io.BytesIO(rows_of(10))), purpose="fine-tune")
            assert [file.id for file in client.files.list()] == [again.id]
        assert resources.store.sweep_orphans(older_than_seconds=-60) == 1
