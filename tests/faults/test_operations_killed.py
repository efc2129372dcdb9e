"""Operations on datasets go on after their worker has died: the new files are there once, whole, and no others."""

import io
import json
from contextlib import suppress
from typing import Any

import httpx2
import openai
import pytest

from shared.resources import Resources
from shared.storage.local_writer import PARTIAL_MARK
from tests.faults.trainings import rows_of
from tests.fixtures.settings import on_sqlite
from tests.fixtures.waiting import wait_until
from tests.fixtures.workers import Service

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults"), pytest.mark.timeout(400)]

WORKER = "worker-data"
ROWS = 40_000
"Some seconds of work, long enough to be hit in the middle."
RECORDS = 60_000
"The same for an import."
DATASETS = "/api/v1/datasets"


class Operations:
    """Asks for operations and looks at them."""

    def __init__(self, http: httpx2.Client, client: openai.OpenAI) -> None:
        self._http = http
        self._client = client

    def upload(self, data: bytes, *, purpose: Any = "fine-tune") -> str:
        return self._client.files.create(file=("rows.jsonl", io.BytesIO(data)), purpose=purpose).id

    def start(self, file_id: str, what: str, **body: Any) -> str:
        operation_id: str = self._http.post(f"{DATASETS}/{file_id}/{what}", json=body).json()["id"]
        return operation_id

    def import_after_a_look(self, file_id: str) -> str:
        """An import whose preview was looked at and agreed to."""
        body = {"file_id": file_id, "preview": True}
        operation_id: str = self._http.post(f"{DATASETS}/import", json=body).json()["id"]
        wait_until(
            lambda: self.look_at(operation_id)["state"] == "awaiting_confirmation", 60, what="the preview is there"
        )
        self._http.post(f"{DATASETS}/operations/{operation_id}/confirm", json={})
        return operation_id

    def look_at(self, operation_id: str) -> dict[str, Any]:
        operation: dict[str, Any] = self._http.get(f"{DATASETS}/operations/{operation_id}").json()
        return operation

    def is_under_way(self, operation_id: str) -> bool:
        return bool(self.look_at(operation_id)["state"] == "running")

    def wait_for(self, operation_id: str) -> dict[str, bytes]:
        """The new files by their role."""
        wait_until(lambda: self.look_at(operation_id)["state"] == "succeeded", 120, what="the operation ends")
        files = self.look_at(operation_id)["result"]["files"]
        return {role: self._client.files.content(file_id).read() for role, file_id in files.items()}

    def children_of(self, file_id: str) -> set[str]:
        return {child["file_id"] for child in self._http.get(f"{DATASETS}/{file_id}/lineage").json()["children"]}


@pytest.fixture
def operations(http: httpx2.Client, client: openai.OpenAI) -> Operations:
    return Operations(http, client)


@on_sqlite
class TestInterruptedOperations:
    @pytest.mark.parametrize(("what", "body"), [("split", {"validation_rows": 500, "seed": 3}), ("fixes", {})])
    def test_end_like_undisturbed_ones(
        self, what: str, body: dict[str, Any], service: Service, operations: Operations, resources: Resources
    ) -> None:
        """A killed worker's operation is done again by the next one, with the same bytes and nothing left over."""
        service.start("scheduler", WORKER)
        data = rows_of(ROWS, words=4) + rows_of(5, words=4)
        undisturbed = operations.wait_for(operations.start(operations.upload(data), what, **body))
        file_id = operations.upload(data)

        operation_id = operations.start(file_id, what, **body)
        wait_until(lambda: operations.is_under_way(operation_id), 60, what="the operation has begun")
        service.restart(WORKER)
        assert operations.is_under_way(operation_id), "the operation was over before the fault"
        made = operations.wait_for(operation_id)

        objects = [key for key in resources.store.list() if operation_id in key]
        assert made == undisturbed
        assert len(operations.children_of(file_id)) == len(objects) == len(made)

    def test_confirmed_imports_make_one_file(
        self, service: Service, operations: Operations, resources: Resources
    ) -> None:
        """A worker killed while it writes what a person agreed to leaves no half file, and the next makes the whole."""
        service.start("scheduler", WORKER)
        records = b"".join(
            json.dumps({"instruction": f"Add {n} and 1.", "output": str(n + 1)}).encode() + b"\n"
            for n in range(RECORDS)
        )
        undisturbed = operations.wait_for(
            operations.import_after_a_look(operations.upload(records, purpose="user_data"))
        )
        file_id = operations.upload(records, purpose="user_data")

        operation_id = operations.import_after_a_look(file_id)
        wait_until(lambda: is_being_written(resources, operation_id), 60, what="rows are being written")
        service.restart(WORKER)
        assert operations.is_under_way(operation_id), "the import was over before the fault"
        made = operations.wait_for(operation_id)

        objects = [key for key in resources.store.list() if operation_id in key]
        assert made == undisturbed
        assert len(operations.children_of(file_id)) == len(objects) == len(made) == 1


def is_being_written(resources: Resources, operation_id: str) -> bool:
    """Whether bytes of the operation's new file lie in the folder, and the file is not there yet."""
    written = (resources.settings.data_dir / "objects").rglob(f"{operation_id}.dataset{PARTIAL_MARK}*")
    with suppress(FileNotFoundError):
        return any(path.stat().st_size for path in written)
    return False
