"""A service that judges rows is slow or hangs, and who waits for it dies: others go on, and little is sent again."""

import io
from collections import Counter
from collections.abc import Callable

import httpx2
import openai
import pytest

from shared.settings import Settings
from tests.api.dataset_reports.asked import MODEL, connect
from tests.api.datasets import chat_row, jsonl
from tests.fixtures.moderation import Moderation
from tests.fixtures.provider import Reply, reply
from tests.fixtures.settings import on_sqlite
from tests.fixtures.waiting import wait_until
from tests.fixtures.workers import Service

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults"), pytest.mark.timeout(400), on_sqlite]

ROWS = [chat_row(f"What is number {n}?", "You are a fool." if n % 50 == 9 else f"It is {n}.") for n in range(200)]
ASKER = "worker-provider"
PAUSE = reply({"error": {"message": "Slow down"}}, 429, retry_after="3")
"Longer than anybody waits in place, so that a turn ends with it."


@pytest.fixture
def service_settings(service_settings: Settings) -> Settings:
    """One process for files, which whoever waits in it would keep from all others."""
    return service_settings.model_copy(update={"data_concurrency": 1})


@pytest.fixture
def ask(client: openai.OpenAI, http: httpx2.Client, service: Service) -> Callable[..., Callable[[], httpx2.Response]]:
    """Upload rows to a running service and ask for their report; what asks for it again."""
    service.start("scheduler", "worker-data", ASKER)

    def ask(**asked: str) -> Callable[[], httpx2.Response]:
        file_id = client.files.create(file=("a.jsonl", io.BytesIO(jsonl(*ROWS))), purpose="fine-tune").id
        url = f"/api/v1/datasets/{file_id}/report"
        assert http.get(url, params={"model": MODEL} | asked).status_code == 202
        return lambda: http.get(url, params={"model": MODEL} | asked)

    return ask


class TestKilledJob:
    def test_is_validated_once(
        self, client: openai.OpenAI, http: httpx2.Client, service: Service, moderation: Moderation
    ) -> None:
        """A job whose files are being judged when all workers die is queued when they are, and says so once."""
        connect(http, moderation.provider.base_url, "moderating")
        http.put("/api/v1/datasets/moderation", json={"connection": "moderating"})
        moderation.next.extend([None, PAUSE, Reply(hangs=True)])
        service.start("scheduler", "worker-data", ASKER)
        file = client.files.create(file=("a.jsonl", io.BytesIO(jsonl(*ROWS))), purpose="fine-tune")
        job = client.fine_tuning.jobs.create(model="tiny", training_file=file.id)
        wait_until(lambda: len(moderation.asked) == 3, 60, what="the service hangs in the second turn")

        service.restart("worker-data", ASKER)
        wait_until(lambda: client.fine_tuning.jobs.retrieve(job.id).status == "queued", 60, what="the job is queued")

        told = [event.message for event in client.fine_tuning.jobs.list_events(job.id)]
        times_sent = Counter(moderation.texts)
        assert {told.count(message) for message in told} == {1}
        assert {text for text, times in times_sent.items() if times > 1} == set(moderation.asked[1].body["input"])
        assert len(times_sent) == len(ROWS)


class TestKilledTurn:
    def test_is_taken_again_alone(
        self,
        http: httpx2.Client,
        service: Service,
        moderation: Moderation,
        ask: Callable[..., Callable[[], httpx2.Response]],
    ) -> None:
        """What earlier turns have had judged is not sent again. Meanwhile others get their reports."""
        connect(http, moderation.provider.base_url, "moderating")
        moderation.next.extend([None, PAUSE, Reply(hangs=True)])
        report = ask(moderation="moderating")
        wait_until(lambda: len(moderation.asked) == 3, 60, what="the service hangs in the second turn")

        plain = ask()
        wait_until(lambda: plain().status_code == 200, 60, what="another report is made")
        was_hanging = report().status_code
        service.restart(ASKER)
        wait_until(lambda: report().status_code == 200, 60, what="the report is made")

        section = report().json()["facts"]["moderation"]
        times_sent = Counter(moderation.texts)
        once, thrice = (moderation.asked[nth].body["input"] for nth in (0, 1))
        assert (was_hanging, section["n_judged"], section["n_flagged"]) == (202, 200, 4)
        assert {times_sent[text] for text in once} == {1}
        assert {text for text, times in times_sent.items() if times > 1} == set(thrice)
