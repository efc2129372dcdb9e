"""Rows of a large file judged in stretches: by whom, with what kept where, and within a connection's rate."""

import io

import httpx2
import openai
import pytest
from sqlmodel import col, select

from shared.datasets.pipeline.tables import DatasetCheck, DatasetStretch, StretchState
from shared.resources import Resources
from shared.settings import Settings
from shared.tasks import Work
from tests.api.datasets import chat_row, jsonl
from tests.fixtures.drain import Drain
from tests.fixtures.moderation import Moderation
from tests.fixtures.settings import on_sqlite

pytestmark = on_sqlite

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


class TestStretches:
    def test_flag_the_lines_of_the_file(self, http: httpx2.Client, drain: Drain, report_url: str) -> None:
        """Rows are named by their lines in the file, whichever stretch they were read in."""
        drain()

        report = http.get(report_url).json()
        [flagged] = [entry for entry in report["codes"] if entry["code"] == "moderation_flagged"]
        assert [sample["line"] for sample in flagged["samples"]] == [10, 60, 110, 160]
        assert report["facts"]["moderation"]["n_judged"] == 200

    @pytest.mark.usefixtures("report_url")
    def test_wait_for_one_another(self, drain: Drain, resources: Resources) -> None:
        """One stretch at a time asks the provider: other files are not kept from all processes while it waits."""
        drain.only(Work.PROCESS_FILE, Work.CHECK_DATASET)

        moderated = select(DatasetCheck.id).where(col(DatasetCheck.moderation).is_not(None))
        with resources.database.reading() as session:
            states = list(session.exec(select(DatasetStretch.state).where(col(DatasetStretch.check_id).in_(moderated))))
        assert states.count(StretchState.QUEUED) == 1 < len(states)

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

    def test_read_again_are_judged_again(
        self, http: httpx2.Client, drain: Drain, resources: Resources, moderation: Moderation, report_url: str
    ) -> None:
        """A stretch whose notes were lost is read and judged again, and the report is the same."""
        drain.only(Work.PROCESS_FILE, Work.CHECK_DATASET, Work.CHECK_STRETCH)
        n_sent = len(moderation.texts)
        resources.store.delete(next(key for key in resources.store.list("checks") if key.endswith(".stretch")))

        drain()

        assert n_sent == 200 < len(moderation.texts)
        assert http.get(report_url).json()["facts"]["moderation"]["n_flagged"] == 4
