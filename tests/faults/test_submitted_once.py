"""The measured claim about providers: whatever dies or gets lost on the way, a job of ours is one job upstream."""

import random
import time
from collections.abc import Iterator

import openai
import pytest
from sqlmodel import col, func, select

from shared.jobs.states import JobStatus
from shared.jobs.tables import Job
from shared.providers.submission import mark_name
from shared.providers.tables import ProviderJob, Submission
from shared.resources import Resources
from shared.settings import Settings, process_environment
from tests.api.datasets import good_file
from tests.faults.figures import publish_figures
from tests.fixtures.faulty_proxy import Fault, FaultyProxy, ProxyMaker
from tests.fixtures.provider_jobs import ConnectionMaker
from tests.fixtures.second_tunery import SecondTunery
from tests.fixtures.settings import on_sqlite
from tests.fixtures.waiting import wait_until
from tests.fixtures.workers import Service

pytestmark = [on_sqlite, pytest.mark.faults, pytest.mark.xdist_group("faults"), pytest.mark.timeout(1400)]

JOBS = int(process_environment().get("TEST_PROVIDER_JOBS", "24"))
"200 for the figures in docs/reliability.md; fewer wherever the suite runs."
JOBS_A_KILL = 10
SHARE_OF_FAULTS = 0.3
HELD_SECONDS = 0.3
SETTLE_SECONDS = 2.0
"Far above the time for which the proxy holds a request back, as in life above an upstream's lag."
FAULTS: list[Fault] = [fault for fault in Fault if fault is not Fault.DUPLICATE]
WORKER = "worker-provider"


@pytest.fixture
def service_settings(service_settings: Settings) -> Settings:
    return service_settings.model_copy(
        update={
            "provider_settle_seconds": SETTLE_SECONDS,
            "provider_poll_seconds": 2.0,
            "upstream_timeout_seconds": 5.0,
        }
    )


@pytest.fixture
def proxy(second_tunery: SecondTunery, faulty_proxy: ProxyMaker) -> FaultyProxy:
    """In front of a provider that knows no idempotency keys, as OpenAI does not."""
    return faulty_proxy(second_tunery.url, slow_seconds=HELD_SECONDS, removed_headers=frozenset({"idempotency-key"}))


class Submissions:
    """Jobs on their way to the provider, by their rows."""

    def __init__(self, resources: Resources, client: openai.OpenAI) -> None:
        self._resources = resources
        self._client = client

    def accept(self, count: int) -> None:
        """Create jobs that all train on one file."""
        file = self._client.files.create(file=("rows.jsonl", good_file()), purpose="fine-tune")
        for number in range(count):
            self._client.fine_tuning.jobs.create(
                model="tiny",
                training_file=file.id,
                suffix=f"n{number}",
                extra_body={"connection": "second"},
            )

    def count_submitted(self) -> int:
        with self._resources.database.reading() as session:
            statement = select(func.count()).where(col(ProviderJob.submission) == Submission.SUBMITTED)
            return session.exec(statement).one()

    def list_rows(self) -> list[ProviderJob]:
        with self._resources.database.reading() as session:
            return list(session.exec(select(ProviderJob)))

    def list_failures(self) -> list[str | None]:
        with self._resources.database.reading() as session:
            return list(session.exec(select(Job.error_message).where(Job.status == JobStatus.FAILED)))


@pytest.fixture
def submissions(resources: Resources, client: openai.OpenAI) -> Submissions:
    return Submissions(resources, client)


class TestSubmittedOnce:
    def test_faulty_network_and_killed_workers(
        self,
        service: Service,
        submissions: Submissions,
        proxy: FaultyProxy,
        connect: ConnectionMaker,
        second_tunery: SecondTunery,
    ) -> None:
        """Every job is one upstream job that we know, though requests fail in every way and workers are killed."""
        connection = connect(proxy.url)
        seed = random.getrandbits(32)
        print(f"seed {seed}")  # noqa: T201  pytest shows it beside a failure
        proxy.storm(seed=seed, share=SHARE_OF_FAULTS, faults=FAULTS)
        started = time.monotonic()

        submissions.accept(JOBS)
        service.start("scheduler", "worker-data", WORKER)
        kills = kill_at_random(service, submissions, draw=random.Random(seed))
        wait_until(lambda: submissions.count_submitted() == JOBS, 600, what="every job is submitted")
        service.kill(WORKER)

        rows = submissions.list_rows()
        publish_figures("submitted_once", count(proxy, rows, kills, time.monotonic() - started))
        upstream = list(second_tunery.client.fine_tuning.jobs.list(limit=100))
        assert submissions.list_failures() == []
        assert sorted(job.id for job in upstream) == sorted(str(row.upstream_job_id) for row in rows)
        marks = {job.id: (job.metadata or {}).get(mark_name(connection.id)) for job in upstream}
        assert marks == {row.upstream_job_id: row.job_id for row in rows}
        assert len(list(second_tunery.client.files.list(purpose="fine-tune"))) == 1


def kill_at_random(service: Service, submissions: Submissions, *, draw: random.Random) -> int:
    """`kill -9` the worker with all its processes after every few jobs, at a moment that is drawn; how often."""
    goals: Iterator[int] = iter(range(draw.randrange(1, JOBS_A_KILL), JOBS, JOBS_A_KILL))
    kills = 0
    for goal in goals:
        wait_until(lambda goal=goal: submissions.count_submitted() >= goal, 300, what=f"{goal} jobs are submitted")  # type: ignore[misc]  # mypy cannot type a lambda's default
        time.sleep(draw.random() * 0.2)
        service.restart(WORKER)
        kills += 1
    return kills


def count(proxy: FaultyProxy, rows: list[ProviderJob], kills: int, seconds: float) -> dict[str, float | int]:
    """What happened on the way."""
    creates = [each for each in proxy.carried if each.method == "POST" and each.path.endswith("/jobs")]
    return {
        "jobs": len(rows),
        "worker_kills": kills,
        "create_requests": len(creates),
        "create_faults": sum(each.fault is not None for each in creates),
        "faults_in_all": sum(each.fault is not None for each in proxy.carried),
        "sent_more_than_once": sum(row.sends > 1 for row in rows),
        "seconds": round(seconds, 1),
    }
