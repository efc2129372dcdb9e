"""Checks of stored files as workers do them: in stretches, concluded once, asked for by many and made once."""

import io
from typing import Any

import httpx2
import openai
import pytest
from sqlmodel import col, select

from shared.datasets.check import check_file
from shared.datasets.depths import Depth
from shared.datasets.limits import OPENAI
from shared.outbox.tables import WorkItem
from shared.resources import Resources
from shared.settings import Settings
from shared.tasks import Work
from tests.api.datasets import chat_row, jsonl
from tests.fixtures.drain import Drain

MODEL = "gpt-4o-mini-2024-07-18"
ROWS = [chat_row(f"How far is it to the town number {n}?", f"It is {n} miles. Mind the gap!") for n in range(300)]
DATA = jsonl(*ROWS, b"", b'{"messages": 1}', ROWS[7], *ROWS[100:110], b"{", b"")
"Some faults, and rows that are the same as others far away."


@pytest.fixture
def base_settings(base_settings: Settings) -> Settings:
    """Stretches so small that a file of some kilobytes has many."""
    return base_settings.model_copy(update={"dataset_stretch_bytes": 4096, "dataset_stretches_at_once": 2})


def upload(client: openai.OpenAI, data: bytes = DATA) -> str:
    return client.files.create(file=("train.jsonl", io.BytesIO(data)), purpose="fine-tune").id


def ask(http: httpx2.Client, file_id: str, **params: str) -> httpx2.Response:
    return http.get(f"/api/v1/datasets/{file_id}/report", params=params)


def list_work(resources: Resources, kind: Work) -> list[WorkItem]:
    with resources.database.reading() as session:
        return list(session.exec(select(WorkItem).where(WorkItem.kind == kind).order_by(col(WorkItem.created_at))))


def without_blank_lines(report: dict[str, Any]) -> dict[str, Any]:
    """A run of blank lines over a cut is told in two findings that count the same."""
    return {entry["code"]: entry for entry in report["codes"] if entry["code"] != "blank_line"}


class TestStretches:
    def test_give_the_report_of_the_file_read_at_once(
        self, client: openai.OpenAI, http: httpx2.Client, drain: Drain, resources: Resources
    ) -> None:
        """A file checked in many stretches has the findings of one that is read in one go."""
        file_id = upload(client)
        ask(http, file_id, model=MODEL)

        drain()

        whole = check_file([DATA], max_line_bytes=1 << 20, method="supervised", depth=Depth.DATASET, limits=OPENAI)
        report = ask(http, file_id, model=MODEL).json()
        assert len(list_work(resources, Work.CHECK_STRETCH)) > 10
        assert (report["n_lines"], report["n_examples"]) == (whole.n_lines, whole.n_examples)
        assert report["bytes_read"] == len(DATA)
        expected = without_blank_lines(whole.to_dict())
        found = without_blank_lines(report)
        assert {code: found.get(code) for code in expected} == expected

    def test_leave_nothing_behind(self, client: openai.OpenAI, drain: Drain, resources: Resources) -> None:
        """What stretches kept for the conclusion is gone with it; the list of findings stays."""
        upload(client)

        drain()

        assert [key.rpartition("/")[2] for key in resources.store.list("checks")] == ["findings.jsonl"]

    def test_take_turns(self, client: openai.OpenAI, drain: Drain, resources: Resources) -> None:
        """Of one large file only so many stretches wait at a time: a small file is not behind all of them."""
        upload(client)
        file_id = upload(client, jsonl(*ROWS[:10]))
        drain()

        stretches = list_work(resources, Work.CHECK_STRETCH)
        small = list_work(resources, Work.CHECK_DATASET)[-1]
        assert client.files.retrieve(file_id).status == "processed"
        assert sum(item.created_at < (small.finished_at or 0) for item in stretches) <= 4 < len(stretches)


class TestAsking:
    def test_is_answered_once(
        self, client: openai.OpenAI, http: httpx2.Client, drain: Drain, resources: Resources
    ) -> None:
        """Who asks the same again gets the check under way, then its report; nothing is checked twice."""
        file_id = upload(client)
        first, second = ask(http, file_id, model=MODEL), ask(http, file_id, model=MODEL, method="supervised")
        drain()
        answer = ask(http, file_id, model=MODEL)

        assert (first.status_code, second.status_code, answer.status_code) == (202, 202, 200)
        assert first.json()["check_id"] == second.json()["check_id"]
        assert first.headers["retry-after"] == "1"
        assert len(list_work(resources, Work.CHECK_DATASET)) == 2, "the one at upload and this one"
