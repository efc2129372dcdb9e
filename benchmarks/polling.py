"""Watching jobs at a provider: thousands on one connection, against asking for each with the SDK.

    python -m benchmarks.polling [--jobs 10000] [--busy 0.01] [--interval 10] [--seconds 60]

A small fast provider runs in a process of its own and is not measured. `--busy` of the jobs run and tell an event each
interval, at moments spread over it; the others wait in the provider's queue. Ours is a round of
worker/providers/poll.py: the shared list, what changed, rows written to SQLite. The baseline asks `retrieve` and
`list_events` for each job once an interval and writes nothing; it is measured on a sample, since one core cannot keep
it up for all.
"""

import argparse
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import openai
from pydantic import SecretStr
from sqlmodel import col, select

from benchmarks.polling_upstream import run_upstream
from shared import clock
from shared.connections import service as connections
from shared.connections.kinds import ConnectionKind
from shared.connections.service import ConnectionRequest
from shared.ids import Prefix, new_id
from shared.jobs.states import JobStatus
from shared.jobs.tables import Job, JobEvent
from shared.log import configure_logging
from shared.migrations.runner import upgrade
from shared.outbox.add import wake_work
from shared.outbox.tables import WorkItem
from shared.providers.shapes import fingerprint
from shared.providers.tables import ProviderJob, Submission
from shared.providers.wire import Wire
from shared.resources import Resources, open_resources
from shared.settings import Settings
from shared.tasks import Work
from shared.tenants import service as tenants
from shared.tenants.service import Principal, Role
from tests.fixtures.redis import RedisServer
from worker.providers.poll import POLL_CONNECTION
from worker.task import perform

SAMPLE = 200
"Jobs the baseline is measured on."
API_KEY = "sk-benchmark"


class Ours:
    """A database with as many live jobs, and the unit of work that watches them."""

    def __init__(self, resources: Resources, url: str, n_jobs: int) -> None:
        self._resources = resources
        self._newest = ""
        with resources.database.transaction() as session:
            organization = tenants.create_organization(session, name="Acme")
            project = tenants.create_project(session, organization_id=organization.id, name="Acme")
            principal = Principal(
                key_id="key_1",
                organization_id=organization.id,
                project_id=project.id,
                project_slug="acme",
                role=Role.ADMIN,
            )
            request = ConnectionRequest(
                name="upstream", kind=ConnectionKind.OPENAI_COMPATIBLE, secret=API_KEY, base_url=f"{url}/v1"
            )
            connection = connections.create_connection(session, principal, request, settings=resources.settings)
            self._connection_id = connection.id
            known = list_upstream(url)
            session.add_all(row for number in range(1, n_jobs + 1) for row in self._rows(principal, number, known))
            wake_work(session, kind=Work.POLL_CONNECTION, project_id=project.id, subject_id=connection.id)

    def round(self) -> None:
        """What a worker does when the unit is due."""
        with self._resources.database.reading() as session:
            unit = session.exec(select(WorkItem).where(WorkItem.kind == Work.POLL_CONNECTION)).one()
        time.sleep(max(0.0, unit.due_at - clock.now()))
        perform(self._resources, POLL_CONNECTION, unit.id)

    def list_new(self, *, seen_at: float) -> list[float]:
        """Seconds from an event's moment upstream to the end of the round that wrote it, for events not seen before."""
        with self._resources.database.reading() as session:
            statement = select(JobEvent).where(JobEvent.type == "metrics", col(JobEvent.id) > self._newest)
            events = session.exec(statement.order_by(col(JobEvent.id))).all()
        self._newest = events[-1].id if events else self._newest
        return [seen_at - event.data["told_at"] for event in events if event.data]

    def _rows(self, principal: Principal, number: int, known: dict[str, tuple[str, str]]) -> tuple[Job, ProviderJob]:
        job_id = new_id(Prefix.JOB)
        job = Job(
            id=job_id,
            project_id=principal.project_id,
            organization_id=principal.organization_id,
            status=JobStatus(known[f"ftjob-{number:08d}"][1]),
            model="gpt-4o-mini-2024-07-18",
            training_file="file-1",
            connection_id=self._connection_id,
            method="supervised",
            hyperparameters={},
            seed=7,
            tuned_model=f"ft:gpt-4o-mini:acme::{number:08d}",
            created_at=1_764_000_000,
        )
        row = ProviderJob(
            job_id=job_id,
            project_id=principal.project_id,
            connection_id=self._connection_id,
            asked={},
            upstream_model=job.model,
            submission=Submission.SUBMITTED,
            upstream_job_id=f"ftjob-{number:08d}",
            upstream_created_at=1_764_000_000 + number,
            fingerprint=known[f"ftjob-{number:08d}"][0],
            upstream_status=known[f"ftjob-{number:08d}"][1],
            last_sent_at=clock.now() - 3600,
            next_poll_at=clock.now(),
        )
        return job, row


def list_upstream(url: str) -> dict[str, tuple[str, str]]:
    """Fingerprint and status of every job, as if they had been looked at before."""
    found: dict[str, tuple[str, str]] = {}
    with openai.OpenAI(base_url=f"{url}/v1", api_key=API_KEY) as client:
        for page in Wire(client, LocalPacer()).list_jobs():
            found |= {entry.id: (fingerprint(raw), entry.status) for entry, raw in page}
    return found


class LocalPacer:
    """Lets everything pass."""

    def take_turn(self) -> None:
        """Now."""

    def hold_back(self, seconds: float | None) -> None:
        """Never."""


def measure_ours(ours: Ours, wire: httpx2.Client, seconds: float) -> tuple[float, int, list[float]]:
    """CPU seconds, upstream calls and event latencies over some time, after a round to get to know every job."""
    ours.round()
    ours.list_new(seen_at=clock.now())
    began, cpu, calls = time.monotonic(), time.process_time(), count_calls(wire)
    latencies: list[float] = []
    while time.monotonic() - began < seconds:
        ours.round()
        latencies += ours.list_new(seen_at=clock.now())
    return time.process_time() - cpu, count_calls(wire) - calls, latencies


def measure_baseline(url: str, n_jobs: int, interval: float) -> tuple[float, list[float]]:
    """CPU seconds for one look at one job, and event latencies of a sample looked at once an interval."""
    latencies: list[float] = []
    known: set[str] = set()
    sample = [f"ftjob-{number:08d}" for number in range(n_jobs, 0, -max(1, n_jobs // SAMPLE))][:SAMPLE]
    with openai.OpenAI(base_url=f"{url}/v1", api_key=API_KEY, max_retries=0) as client:
        cpu = time.process_time()
        for turn in range(3):
            began = time.monotonic()
            for job_id in sample:
                client.fine_tuning.jobs.retrieve(job_id)
                for event in client.fine_tuning.jobs.list_events(job_id).data:
                    if event.id not in known and turn:
                        latencies.append(clock.now() - event.data["told_at"])  # type: ignore[index,operator]  # the benchmark's own
                    known.add(event.id)
            spent = time.process_time() - cpu
            time.sleep(max(0.0, interval - (time.monotonic() - began)))
    return spent / (3 * len(sample)), latencies


def count_calls(wire: httpx2.Client) -> int:
    return int(wire.get("/calls").text)


def tell(latencies: list[float]) -> str:
    if len(latencies) < 2:  # noqa: PLR2004  no quantiles of one
        return "none seen"
    cuts = statistics.quantiles(latencies, n=100)
    return f"p50 {cuts[49]:.1f} s, p99 {cuts[98]:.1f} s over {len(latencies):,} events"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--busy", type=float, default=0.01)
    parser.add_argument("--interval", type=float, default=10.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    asked = parser.parse_args()
    configure_logging("WARNING")
    here, there = multiprocessing.Pipe()
    n_running = max(1, int(asked.jobs * asked.busy))
    upstream = multiprocessing.Process(
        target=run_upstream, args=(there, asked.jobs, n_running, asked.interval), daemon=True
    )
    upstream.start()
    url = f"http://127.0.0.1:{here.recv()}"
    with open_bench(asked.interval) as resources, httpx2.Client(base_url=url) as wire:
        cpu, calls, ours = measure_ours(Ours(resources, url, asked.jobs), wire, asked.seconds)
    cpu_a_job, baseline = measure_baseline(url, asked.jobs, asked.interval)
    upstream.kill()
    # A poll is one job looked after for one interval.
    polls = asked.jobs * asked.seconds / asked.interval
    ours_ms, baseline_ms = 1e6 * cpu / polls, 1e6 * cpu_a_job
    ours_calls, baseline_calls = calls * 60 / asked.seconds, 2 * asked.jobs * 60 / asked.interval
    print(f"{asked.jobs:,} jobs, {n_running:,} running, looked at every {asked.interval:g} s for {asked.seconds:g} s")
    print(f"{'':14}{'CPU ms per 1,000 polls':>24}{'calls a minute':>18}   event latency")
    print(f"{'ours':14}{ours_ms:>24,.0f}{ours_calls:>18,.0f}   {tell(ours)}")
    print(f"{'SDK, each job':14}{baseline_ms:>24,.0f}{baseline_calls:>18,.0f}   {tell(baseline)}, {SAMPLE} jobs")
    print(f"ratio: {baseline_ms / ours_ms:.0f}x less CPU, {baseline_calls / ours_calls:.0f}x fewer calls")


@contextmanager
def open_bench(interval: float) -> Iterator[Resources]:
    """A database and a Redis in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="tunery-", dir="/tmp") as name:
        redis = RedisServer(Path(name))
        redis.start()
        settings = Settings(
            data_dir=Path(name),
            secret_key=SecretStr("a-secret-of-the-benchmark-and-of-nobody-else"),
            redis_url=redis.url,
            sqlite_synchronous="NORMAL",
            provider_poll_seconds=interval,
            outbound_allowed_networks=["127.0.0.0/8"],
            outbound_allow_http=True,
        )
        upgrade(settings)
        resources = open_resources(settings)
        yield resources
        resources.close()
        redis.kill()


if __name__ == "__main__":
    main()
