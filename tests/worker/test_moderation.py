"""Rows of a large file judged in stretches: by whom, with what kept where, and within a connection's rate."""

import io

import httpx2
import openai
import pytest
from sqlmodel import col, select, update

from shared import clock
from shared.datasets.pipeline.tables import DatasetStretch
from shared.outbox.add import add_work
from shared.outbox.claim import claim_work
from shared.outbox.tables import WorkItem, WorkState
from shared.resources import Resources
from shared.settings import Settings
from shared.tasks import Queue, Work
from tests.api.dataset_reports.asked import connect
from tests.api.datasets import chat_row, jsonl
from tests.fixtures.drain import Drain
from tests.fixtures.moderation import Moderation
from tests.fixtures.provider import reply
from tests.fixtures.settings import on_sqlite

MODEL = "gpt-4o-mini-2024-07-18"
SECRET = "sk-moderating-0123456789"
ROWS = [chat_row(f"What is number {n}?", "You are a fool." if n % 50 == 9 else f"It is {n}.") for n in range(200)]
MARKED = "It is 17."
"""Said in one row alone."""


@pytest.fixture
def base_settings(base_settings: Settings) -> Settings:
    """Stretches so small that a file of some kilobytes has several."""
    return base_settings.model_copy(update={"dataset_stretch_bytes": 8192, "log_level": "INFO"})


@pytest.fixture
def report_url(client: openai.OpenAI, http: httpx2.Client, moderation: Moderation) -> str:
    """The address of a report that has just been asked for."""
    limits = {"requests_per_minute": 600}
    body = {"name": "moderating", "kind": "openai_compatible", "base_url": moderation.provider.base_url}
    http.post("/api/v1/connections", json=body | {"secret": SECRET, "rate_limits": limits})
    file_id = client.files.create(file=("a.jsonl", io.BytesIO(jsonl(*ROWS))), purpose="fine-tune").id
    url = f"/api/v1/datasets/{file_id}/report?model={MODEL}&moderation=moderating"
    assert http.get(url).status_code == 202
    return url


@on_sqlite
class TestStretches:
    def test_flag_the_lines_of_the_file(self, http: httpx2.Client, drain: Drain, report_url: str) -> None:
        """Rows are named by their lines in the file, whichever stretch they were read in."""
        drain()

        report = http.get(report_url).json()
        [flagged] = [entry for entry in report["codes"] if entry["code"] == "moderation_flagged"]
        assert [sample["line"] for sample in flagged["samples"]] == [10, 60, 110, 160]
        assert report["facts"]["moderation"]["n_judged"] == 200

    @pytest.mark.usefixtures("report_url")
    def test_are_read_before_anybody_is_asked(self, drain: Drain, resources: Resources, moderation: Moderation) -> None:
        """Reading waits for no provider: the service is asked afterwards, by one unit on the queue for that."""
        drain.only(Work.PROCESS_FILE, Work.CHECK_DATASET, Work.CHECK_STRETCH)

        assert moderation.asked == []
        assert [unit.queue for unit in list_asking(resources)] == [Queue.PROVIDER]

    @pytest.mark.usefixtures("report_url")
    def test_keep_neither_key_nor_text(
        self, drain: Drain, resources: Resources, caplog: pytest.LogCaptureFixture
    ) -> None:
        """What stretches leave in the store for one another has no key in it, and the log has neither key nor rows."""
        caplog.set_level("INFO")
        drain.only(Work.PROCESS_FILE, Work.CHECK_DATASET, Work.CHECK_STRETCH)

        kept = [key for key in resources.store.list("checks") if key.endswith(".stretch")]
        content = b"".join(b"".join(resources.store.iter_chunks(key)) for key in kept)
        assert len(kept) > 1
        assert SECRET.encode() not in content
        assert SECRET not in caplog.text
        assert MARKED not in caplog.text

    def test_read_again_are_not_judged_again(
        self, http: httpx2.Client, drain: Drain, resources: Resources, moderation: Moderation, report_url: str
    ) -> None:
        """A stretch whose notes were lost is read again, and what was said of its rows is known."""
        drain.only(Work.PROCESS_FILE, Work.CHECK_DATASET, Work.CHECK_STRETCH, Work.MODERATE_CHECK)
        resources.store.delete(next(key for key in resources.store.list("checks") if key.endswith(".stretch")))

        drain()

        assert len(moderation.texts) == 200
        assert http.get(report_url).json()["facts"]["moderation"]["n_flagged"] == 4


class TestTurns:
    """Whoever asks a provider gives the process to others while there is nothing to do but to wait."""

    def test_end_with_a_pause(
        self, http: httpx2.Client, drain: Drain, resources: Resources, moderation: Moderation, report_url: str
    ) -> None:
        """A service that wants to be asked later is asked then, and what it has judged before is not sent again."""
        moderation.next.extend([None, reply({"error": {"message": "Slow down"}}, 429, retry_after="20")])

        drain()
        [waiting] = list_asking(resources)
        standing = http.get(report_url)
        rows_judged = standing.json()["progress"]["rows_judged"]
        sent_before = moderation.texts
        drain.hasten()
        drain()

        assert (waiting.state, standing.status_code) == (WorkState.READY, 202)
        assert rows_judged == len(moderation.asked[0].body["input"])
        assert waiting.due_at > clock.now() + 15
        # The request that was put off is the one that was made again.
        put_off = moderation.asked[1].body["input"]
        assert len(moderation.texts) == 200 + len(put_off)
        assert moderation.texts[len(sent_before) :][: len(put_off)] == put_off
        assert http.get(report_url).json()["facts"]["moderation"]["n_judged"] == 200

    @pytest.mark.usefixtures("report_url")
    def test_are_one_at_a_time_for_a_project(self, drain: Drain, resources: Resources, moderation: Moderation) -> None:
        """While a project's rows are judged by one process, another does not begin with more of them."""
        drain.only(Work.PROCESS_FILE, Work.CHECK_DATASET, Work.CHECK_STRETCH)
        [asking] = list_asking(resources)
        with resources.database.transaction() as session:
            add_work(session, kind=Work.MODERATE_CHECK, project_id=asking.project_id, subject_id="dschk_another")
        other = next(unit for unit in list_asking(resources) if unit.id != asking.id)
        with resources.database.transaction() as session:
            assert claim_work(session, other.id, lease_seconds=60) is not None

        drain()

        waiting = next(unit for unit in list_asking(resources) if unit.id == asking.id)
        assert (moderation.asked, waiting.state, waiting.attempts) == ([], WorkState.READY, 0)

    @pytest.mark.usefixtures("report_url")
    def test_keep_what_they_have_brought(self, drain: Drain, resources: Resources, moderation: Moderation) -> None:
        """Between two turns a row says which rows are flagged and for what, and nothing of what they say."""
        moderation.next.extend([None, reply({"error": {}}, 429, retry_after="20")])

        drain()

        with resources.database.reading() as session:
            kept = [row.moderation for row in session.exec(select(DatasetStretch)) if row.moderation is not None]
        assert [(turns["kept"]["flagged"], turns["n_tried"]) for turns in kept] == [([[10, ["harassment"]]], 1)]
        assert MARKED not in str(kept)


@on_sqlite
class TestEnding:
    def test_of_a_file_without_rows(self, client: openai.OpenAI, http: httpx2.Client, drain: Drain) -> None:
        """A file in which there is nothing to judge has its report."""
        file_id = client.files.create(file=("a.jsonl", io.BytesIO(b"\xff\xfe\x00")), purpose="fine-tune").id
        connect(http, "https://moderation.example/v1", "never asked")
        url = f"/api/v1/datasets/{file_id}/report?model={MODEL}&moderation=never%20asked"
        http.get(url)

        drain()

        assert http.get(url).json()["facts"].get("moderation") is None

    def test_for_good(self, http: httpx2.Client, drain: Drain, resources: Resources, report_url: str) -> None:
        """A check whose rows kill whoever puts them to the service ends as one that the service could not do."""
        drain.only(Work.PROCESS_FILE, Work.CHECK_DATASET, Work.CHECK_STRETCH)
        with resources.database.transaction() as session:
            session.execute(update(WorkItem).where(col(WorkItem.kind) == Work.MODERATE_CHECK).values(attempts=100))

        drain()

        answer = http.get(report_url)
        assert (answer.status_code, "by a fault of the service" in answer.json()["detail"]) == (503, True)


def list_asking(resources: Resources) -> list[WorkItem]:
    """The units that ask a moderation service."""
    with resources.database.reading() as session:
        return list(session.exec(select(WorkItem).where(WorkItem.kind == Work.MODERATE_CHECK)))
