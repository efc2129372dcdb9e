"""Sources of imports that others answer for: addresses that do not keep to the rules, objects that nobody measured."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from shared.datasets.imports import service as imports
from shared.datasets.imports.errors import DownloadFailedError
from shared.datasets.operations import service as operations
from shared.datasets.operations.tables import DatasetOperation, OperationState
from shared.files.service import object_key
from shared.outbound.policy import outbound_policy
from shared.resources import Resources, open_resources
from shared.settings import Settings
from tests.api.traces import take_census
from tests.faults.slow_receiver import slow_receiver
from tests.fixtures.database import Tenant
from tests.fixtures.drain import Drain
from tests.fixtures.settings import on_sqlite
from tests.shared.outbound.listening import listening
from worker.download import Patience, download

pytestmark = on_sqlite

MAX_BYTES = 64 << 10
LONGEST_SECONDS = 1.0
ROW = b'{"instruction": "Add 1 and 1.", "output": "2"}\n'
OK = b"HTTP/1.1 200 OK\r\n"
CHUNK = b"1000\r\n" + b"x" * 0x1000 + b"\r\n"

BROKEN = {
    "too long a length": (OK + b"content-length: 900\r\n\r\n" + ROW, "broke off"),
    "a length below nothing": (OK + b"content-length: -1\r\n\r\n" + ROW, "no HTTP"),
    "two lengths": (OK + b"content-length: 9\r\ncontent-length: 47\r\n\r\n" + ROW, "no HTTP"),
    "closed midway": (OK + b"transfer-encoding: chunked\r\n\r\n" + CHUNK, "broke off"),
    "closed in the first line": (OK[:8], "broke off"),
    "not HTTP": (b"220 FTP ready\r\n\r\n", "no HTTP"),
    "an endless header": (OK + b"x: " + b"x" * (1 << 20), "no HTTP"),
}
TOO_LARGE = {
    "by its length": OK + b"content-length: %d\r\n\r\n" % (MAX_BYTES + 1),
    "up to its end": OK + b"\r\n" + b"x" * (MAX_BYTES + 1),
    "by its chunks": OK + b"transfer-encoding: chunked\r\n\r\n" + CHUNK * 1000,
}

Import = Callable[..., DatasetOperation]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Small files, and downloads that are given up soon."""
    return settings.model_copy(update={"max_upload_bytes": MAX_BYTES, "import_timeout_seconds": LONGEST_SECONDS})


@pytest.fixture
def imported(resources: Resources, tenant: Tenant, drain: Drain) -> Import:
    """Ask for an import and have it done; the operation afterwards."""

    def run(**wish: Any) -> DatasetOperation:
        policy = outbound_policy(resources.settings)
        with resources.database.transaction() as session:
            asked = imports.create_import(session, tenant.project_id, wish=wish, policy=policy)
        drain()
        with resources.database.reading() as session:
            return operations.get_operation(session, tenant.project_id, asked.id)

    return run


def import_what_is_sent(imported: Import, answer: bytes) -> DatasetOperation:
    """The operation that asked somebody who sends these bytes and hangs up."""
    with listening(answer) as sender:
        return imported(url=f"http://127.0.0.1:{sender.port}/rows.jsonl")


def traces(resources: Resources) -> tuple[int, frozenset[str], list[str]]:
    """Rows of files, objects with unfinished ones, and what lies in the scratch folder."""
    census = take_census(resources)
    scratch = resources.settings.data_dir / "scratch"
    return census.rows["files"], census.files, [path.name for path in scratch.glob("*")]


class TestAddresses:
    @pytest.mark.parametrize(("answer", "reason"), BROKEN.values(), ids=BROKEN)
    def test_broken_answers(self, resources: Resources, imported: Import, answer: bytes, reason: str) -> None:
        """An answer that breaks the rules fails the import with its reason, and nothing of it is kept."""
        before = traces(resources)

        failed = import_what_is_sent(imported, answer)

        assert (failed.state, failed.error_code) == (OperationState.FAILED, "download_failed")
        assert reason in (failed.error_message or "")
        assert traces(resources) == before

    @pytest.mark.parametrize("answer", TOO_LARGE.values(), ids=TOO_LARGE)
    def test_more_than_is_taken(self, resources: Resources, imported: Import, answer: bytes) -> None:
        """Whoever sends more than the largest upload is left, whatever was announced, and nothing of it is kept."""
        before = traces(resources)

        failed = import_what_is_sent(imported, answer)

        assert failed.error_code == "source_too_large"
        assert traces(resources) == before

    def test_more_than_the_length_says(self, imported: Import) -> None:
        """What comes behind the announced end is not read, and the record that is cut there is told."""
        done = import_what_is_sent(imported, OK + b"content-length: %d\r\n\r\n" % (len(ROW) + 9) + ROW * 3)

        assert done.result is not None
        assert (done.result["n_rows"], [item["record"] for item in done.result["skipped"]]) == (1, [2])

    @pytest.mark.parametrize(
        "begin", [b"", OK, OK + b"content-length: 60000\r\n\r\n" + ROW], ids=["at once", "head", "body"]
    )
    def test_drips(self, resources: Resources, imported: Import, begin: bytes) -> None:
        """A byte now and then does not keep a download alive: it ends when its time is up."""
        before, begun_at = traces(resources), time.monotonic()

        with slow_receiver(begin) as url:
            failed = imported(url=url)

        assert failed.error_code == "download_failed"
        assert "took too long" in (failed.error_message or "")
        assert time.monotonic() - begun_at < LONGEST_SECONDS + 4
        assert traces(resources) == before

    def test_slower_than_the_least(self, settings: Settings) -> None:
        """A download that has time left and is far too slow is given up."""
        patience = Patience(silence_seconds=0.3)

        with slow_receiver(OK + b"\r\n") as url, pytest.raises(DownloadFailedError, match="slower than 10 kB a second"):
            download(
                url, settings.model_copy(update={"import_timeout_seconds": 30}), write=lambda _: None, patience=patience
            )

    def test_what_cannot_be_converted(self, resources: Resources, imported: Import) -> None:
        """An address that gives data without a row in it leaves no file either, not even of what was downloaded."""
        before = traces(resources)

        failed = import_what_is_sent(imported, OK + b'\r\n{"text": "Once."}\n')

        assert failed.error_code == "nothing_converted"
        assert traces(resources) == before

    def test_redirects(self, resources: Resources, imported: Import) -> None:
        """A redirect is told and not followed, wherever it leads: to an address of ours, or to itself for ever."""
        before = traces(resources)
        with listening() as internal:
            target = f"http://127.0.0.1:{internal.port}/latest/meta-data".encode()
            with listening(b"HTTP/1.1 302 Found\r\nlocation: " + target + b"\r\n\r\n") as sender:
                failed = imported(url=f"http://127.0.0.1:{sender.port}/rows.jsonl")

        assert "it redirects (302)" in (failed.error_message or "")
        assert (len(sender.connections), internal.connections) == (1, [])
        assert traces(resources) == before


@pytest.fixture(params=["folder", "bucket"])
def kept_in(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    """Settings that keep objects in a folder, and in a bucket of an S3-compatible server."""
    if request.param == "folder":
        return settings
    return settings.model_copy(update=request.getfixturevalue("bucket_values"))


class TestObjects:
    @pytest.fixture
    def resources(self, kept_in: Settings) -> Iterator[Resources]:
        """The parts of the service on each kind of store."""
        resources = open_resources(kept_in)
        yield resources
        resources.close()

    def test_are_read_where_they_lie(self, resources: Resources, tenant: Tenant, imported: Import) -> None:
        """An object below the project's folder becomes rows, in a file of its own beside it."""
        key = put(resources, f"imports/{tenant.project_id}/march/faq.jsonl", ROW * 12)

        done = imported(object_key=key)

        assert done.result is not None
        made = object_key(tenant.project_id, f"{done.id}.dataset")
        assert done.result["n_rows"] == len(b"".join(resources.store.iter_chunks(made)).splitlines()) == 12
        assert [*resources.store.list("files"), *resources.store.list("imports")] == [made, key]

    def test_missing(self, resources: Resources, tenant: Tenant, imported: Import) -> None:
        """An object that is not there fails the import by its name; nor is a folder an object."""
        put(resources, f"imports/{tenant.project_id}/march/faq.jsonl", ROW)

        failed = imported(object_key=f"imports/{tenant.project_id}/march")

        assert failed.error_code == "object_not_there"
        assert f"imports/{tenant.project_id}/march" in (failed.error_message or "")

    def test_too_large(self, resources: Resources, tenant: Tenant, imported: Import) -> None:
        """An object larger than the largest upload fails the import before the disk is full of its copy."""
        key = put(resources, f"imports/{tenant.project_id}/huge.jsonl", ROW * (MAX_BYTES // len(ROW) + 1))
        before = traces(resources)

        failed = imported(object_key=key)

        assert failed.error_code == "source_too_large"
        assert "The object has more than" in (failed.error_message or "")
        assert traces(resources) == before
        assert list(resources.store.list()) == [key]


def put(resources: Resources, key: str, data: bytes) -> str:
    """Lay an object into the store; its key."""
    with resources.store.writer(key) as writer:
        writer.write(data)
        writer.commit()
    return key
