"""A large file is checked in stretches. A worker that dies in one of them costs the reading of that one again."""

import io
import os
import signal
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from sqlmodel import col, select

from shared.datasets.pipeline.tables import DatasetCheck, DatasetStretch
from shared.outbox.tables import WorkItem, WorkState
from shared.resources import Resources
from shared.settings import Settings
from shared.tasks import Work
from tests.faults.trainings import rows_of
from tests.fixtures.settings import on_sqlite
from tests.fixtures.waiting import wait_until
from tests.fixtures.workers import Service

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults"), pytest.mark.timeout(400)]

ROWS = 20_000
STRETCH_BYTES = 512 << 10
MANY = 4
"Fewest stretches of the file."
ASKED = {"model": "gpt-4o-mini-2024-07-18"}
BAD_ROW = b'{"messages": [{"role": "user", "content": "no answer"}]}\n'
CHECKER = "worker-data"


@pytest.fixture
def service_settings(service_settings: Settings) -> Settings:
    """One process, so that one stretch is being read when it dies; a lease that outlasts the load of its libraries."""
    update = {"lease_seconds": 10.0, "dataset_stretch_bytes": STRETCH_BYTES, "data_concurrency": 1}
    return service_settings.model_copy(update=update)


class Checks:
    """Has files with the same rows checked, and looks at how."""

    def __init__(self, client: openai.OpenAI, http: httpx2.Client, resources: Resources) -> None:
        self._client = client
        self._http = http
        self._resources = resources
        half = rows_of(ROWS // 2, words=4)
        self._data = half + BAD_ROW * 3 + half

    def start(self) -> str:
        """Ask for the report on another file; its id."""
        file_id = self._client.files.create(file=("rows.jsonl", io.BytesIO(self._data)), purpose="fine-tune").id
        wait_until(lambda: self._client.files.retrieve(file_id).status == "error", 120, what="the upload is checked")
        assert self._ask(file_id).status_code == 202
        return file_id

    def wait_for_report(self, file_id: str) -> dict[str, Any]:
        """The report, less what differs from file to file."""
        wait_until(lambda: self._ask(file_id).status_code == 200, 120, what="the report is there")
        report: dict[str, Any] = self._ask(file_id).json()
        return {key: value for key, value in report.items() if key not in {"file_id", "created_at"}}

    def list_stretches(self, *, after: int = 0) -> list[WorkItem]:
        """The work of all stretches so far, from the number `after` on, in the order in which they were asked for."""
        statement = select(WorkItem).where(WorkItem.kind == Work.CHECK_STRETCH).order_by(col(WorkItem.id))
        with self._resources.database.reading() as session:
            return list(session.exec(statement))[after:]

    def is_in_the_middle(self, file_id: str) -> bool:
        """Whether the check for the model has read a stretch and is reading another."""
        with self._resources.database.reading() as session:
            [check] = session.exec(
                select(DatasetCheck).where(DatasetCheck.file_id == file_id, DatasetCheck.model == ASKED["model"])
            )
            items = session.exec(
                select(WorkItem.state)
                .join(DatasetStretch, col(DatasetStretch.id) == col(WorkItem.subject_id))
                .where(DatasetStretch.check_id == check.id)
            ).all()
        return {WorkState.DONE, WorkState.RUNNING} <= set(items)

    def _ask(self, file_id: str) -> httpx2.Response:
        return self._http.get(f"/api/v1/datasets/{file_id}/report", params=ASKED)


@pytest.fixture
def checks(client: openai.OpenAI, http: httpx2.Client, resources: Resources) -> Checks:
    return Checks(client, http, resources)


def pool_process_of(pid: int) -> int:
    """The process in which a worker does its work."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return max(map(int, children))


@on_sqlite
class TestKilledStretch:
    @pytest.mark.parametrize("is_whole_worker", [True, False], ids=["worker", "pool process"])
    def test_is_read_again_alone(self, *, is_whole_worker: bool, service: Service, checks: Checks) -> None:
        """Every other stretch is read once, and the report is that of an undisturbed check."""
        service.start("scheduler", CHECKER)
        undisturbed = checks.wait_for_report(checks.start())
        n_before = len(checks.list_stretches())
        file_id = checks.start()

        wait_until(lambda: checks.is_in_the_middle(file_id), 60, what="one stretch is read and another under way")
        if is_whole_worker:
            service.restart(CHECKER)
        else:
            os.kill(pool_process_of(service.pid_of(CHECKER)), signal.SIGKILL)
        report = checks.wait_for_report(file_id)

        claims = [item.fence for item in checks.list_stretches(after=n_before)]
        assert report == undisturbed
        assert sorted(claims) == [1] * (len(claims) - 1) + [2]
        assert len(claims) > 2 * MANY, "two checks of the file, the one at upload included"
