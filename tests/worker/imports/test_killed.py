"""Workers killed in the middle of a copy or a recording lose nothing, double nothing, and pay for no answer twice."""

from collections import Counter

import httpx2
import openai
import pytest

from shared.imports.tables import ImportState
from tests.contract.model_server import TinyModelServer
from tests.fixtures.drain import Drain
from tests.fixtures.faulty_proxy import Fault, FaultyProxy, ProxyMaker
from tests.fixtures.settings import on_sqlite
from tests.fixtures.waiting import wait_until
from tests.fixtures.workers import Service
from tests.worker.imports.acting import Acting
from tests.worker.imports.conftest import ConnectionMaker
from tests.worker.imports.old_organization import OldOrganization

pytestmark = [on_sqlite, pytest.mark.faults, pytest.mark.xdist_group("faults"), pytest.mark.timeout(300)]

WORKER = "worker-provider"
CONCURRENCY = 2


@pytest.fixture
def slow_proxy(faulty_proxy: ProxyMaker, old_organization: OldOrganization) -> FaultyProxy:
    """The old organization, each of whose answers takes a moment: long enough to be hit in the middle."""
    proxy = faulty_proxy(old_organization.second.url)
    proxy.slow_seconds = 0.3
    proxy.storm(seed=1, share=1.0, faults=[Fault.SLOW])
    return proxy


def test_copy(
    service: Service, acting: Acting, connect: ConnectionMaker, slow_proxy: FaultyProxy, client: openai.OpenAI
) -> None:
    """A copy whose worker was killed twice goes on, and everything is here once."""
    started = acting.start(connect(slow_proxy.url))
    service.start("scheduler", WORKER)

    for copied in (1, 3):
        wait_until(lambda: acting.counts(started)["file"].get("copied", 0) >= copied, 60, what="files are copied")  # noqa: B023  called at once
        service.restart(WORKER)
    wait_until(lambda: acting.look(started).state == ImportState.SUCCEEDED, 90, what="the import ends")

    assert acting.counts(started) == {
        "file": {"copied": 4}, "job": {"copied": 2}, "checkpoint": {"copied": 2}, "model": {"copied": 2},
    }  # fmt: skip
    assert len([file.id for file in client.files.list()]) == 4
    assert len([job.id for job in client.fine_tuning.jobs.list()]) == 2


def test_record(
    *,
    service: Service,
    drain: Drain,
    acting: Acting,
    connect: ConnectionMaker,
    slow_proxy: FaultyProxy,
    http: httpx2.Client,
    old_model_server: TinyModelServer,
    old_organization: OldOrganization,
) -> None:
    """A recording whose worker was killed asks again only for what was on its way, and counts that as paid."""
    slow_proxy.calm()
    imported = acting.start(connect(slow_proxy.url))
    drain()
    slow_proxy.storm(seed=1, share=1.0, faults=[Fault.SLOW], method="POST")
    wish = {"file": acting.local_id(imported, old_organization.training_file), "concurrency": CONCURRENCY}
    recording = http.post(f"/api/v1/imports/{imported.id}/record", json=wish).json()["data"][0]
    path = f"/api/v1/imports/{imported.id}/recordings/{recording['id']}"
    old_model_server.requests.clear()
    service.start("scheduler", WORKER)

    wait_until(lambda: http.get(path).json()["answered"] >= 3, 60, what="some answers are here")
    service.restart(WORKER)
    wait_until(lambda: http.get(path).json()["state"] == "succeeded", 90, what="the recording ends")

    asked = Counter(request["messages"][-1]["content"] for request in old_model_server.requests)
    ended = http.get(path).json()
    assert (ended["answered"], len(asked)) == (12, 12)
    assert asked.total() <= 12 + CONCURRENCY
    assert ended["spent"]["tokens"] >= 11 * asked.total()
