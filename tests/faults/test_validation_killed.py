"""Checking files goes on after its worker or Redis has died, and the verdict is that of an undisturbed check."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx2
import openai
import pytest
from sqlmodel import col, select

from shared.jobs.states import JobStatus
from shared.outbox.tables import WorkItem, WorkState
from shared.resources import Resources
from shared.tasks import Work
from tests.faults.trainings import list_events, rows_of, without
from tests.faults.watcher import Watcher
from tests.fixtures.redis import RedisServer
from tests.fixtures.settings import on_sqlite
from tests.fixtures.waiting import wait_until
from tests.fixtures.workers import Service

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults"), pytest.mark.timeout(400)]

CHECKER = "worker-data"
ROWS = 12_000
"Some seconds of checking, long enough to be hit in the middle."
BAD_ROW = b'{"messages": [{"role": "user", "content": "no answer"}]}\n'
FAULTS: dict[str, Callable[[Service, RedisServer], None]] = {
    "worker killed": lambda service, _redis: service.restart(CHECKER),
    "redis killed": lambda _service, redis: redis.restart(),
    "redis emptied": lambda _service, redis: redis.flush(),
}


@dataclass(frozen=True)
class Verdict:
    """All that is told of two files and of the job that names them, less their ids."""

    files: list[tuple[str, str | None]]
    reports: list[dict[str, Any]]
    events: list[tuple[str | None, str]]
    error: tuple[str | None, str] | None


class Checks:
    """Has the same two files checked, for themselves and for a job."""

    def __init__(self, client: openai.OpenAI, http: httpx2.Client, resources: Resources, watcher: Watcher) -> None:
        self._client = client
        self._http = http
        self._resources = resources
        self._watcher = watcher

    def start(self) -> tuple[str, list[str]]:
        """A job whose training file is right and whose validation file is not: its id and theirs."""
        right = rows_of(ROWS, words=4)
        wrong = rows_of(ROWS, words=4, first=ROWS) + BAD_ROW * 3
        file_ids = [
            self._client.files.create(file=(name, io.BytesIO(data)), purpose="fine-tune").id
            for name, data in {"right.jsonl": right, "wrong.jsonl": wrong}.items()
        ]
        job_id = self._watcher.start(training_file=file_ids[0], validation_file=file_ids[1])
        return job_id, file_ids

    def are_running(self) -> bool:
        """Whether somebody has claimed a check and not settled it."""
        return WorkState.RUNNING in self._list_states()

    def are_over(self) -> bool:
        """Whether everything asked for is settled; between two units nothing runs, and it is not."""
        return self._list_states() <= {WorkState.DONE}

    def wait_for_verdict(self, job_id: str, file_ids: list[str]) -> Verdict:
        self._watcher.wait_for(job_id, JobStatus.FAILED)
        wait_until(self.are_over, 60, what="both files are checked")
        files = [self._client.files.retrieve(file_id) for file_id in file_ids]
        error = self._client.fine_tuning.jobs.retrieve(job_id).error
        return Verdict(
            files=[(file.status, file.status_details) for file in files],
            reports=[self._get_report(file_id) for file_id in file_ids],
            events=[
                (event.type, without([job_id, *file_ids], event.message)) for event in list_events(self._client, job_id)
            ],
            error=(error.code, error.message) if error else None,
        )

    def _list_states(self) -> set[str]:
        kinds = [Work.PROCESS_FILE, Work.CHECK_DATASET, Work.VALIDATE_JOB]
        with self._resources.database.reading() as session:
            return set(session.exec(select(WorkItem.state).where(col(WorkItem.kind).in_(kinds))))

    def _get_report(self, file_id: str) -> dict[str, Any]:
        response = self._http.get(f"/api/v1/datasets/{file_id}/report")
        assert response.status_code == 200, response.text
        report: dict[str, Any] = response.json()["report"]
        return report


@pytest.fixture
def checks(client: openai.OpenAI, http: httpx2.Client, resources: Resources, watcher: Watcher) -> Checks:
    return Checks(client, http, resources, watcher)


@on_sqlite
class TestInterruptedChecks:
    @pytest.mark.parametrize("fault", FAULTS)
    def test_ends_like_an_undisturbed_check(
        self, fault: str, service: Service, redis: RedisServer, checks: Checks
    ) -> None:
        """Reports, states, events and the job's error are those of a check that nothing happened to."""
        service.start("scheduler", CHECKER)
        undisturbed = checks.wait_for_verdict(*checks.start())

        job_id, file_ids = checks.start()
        wait_until(checks.are_running, what="a check has begun")
        FAULTS[fault](service, redis)
        assert not checks.are_over(), "the checks were over before the fault"
        verdict = checks.wait_for_verdict(job_id, file_ids)

        assert [status for status, _ in undisturbed.files] == ["processed", "error"]
        assert verdict == undisturbed
