"""The list of all findings, and how far a check is."""

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.api.dataset_reports.asked import MODEL, ROWS
from tests.api.datasets import chat_row
from tests.fixtures.drain import Drain
from tests.fixtures.settings import on_sqlite

pytestmark = on_sqlite


class TestFindings:
    def test_are_listed_in_full(self, http: httpx2.Client, upload: Callable[..., str]) -> None:
        """Where the report has 100 samples of a code, the list has all of its findings with their lines."""
        bad = {"messages": [{"role": "user", "content": "Anybody there?"}]}
        file_id = upload(*ROWS, *[bad] * 150)

        lines = http.get(f"/api/v1/datasets/{file_id}/report/findings").text.splitlines()

        found = [json.loads(line) for line in lines]
        assert [f["line"] for f in found if f["code"] == "no_assistant_message"] == list(range(61, 211))
        assert {f["file_id"] for f in found} == {file_id}

    def test_held_ones_are_listed_once_they_count(
        self, http: httpx2.Client, upload: Callable[..., str], report: Callable[..., dict[str, Any]]
    ) -> None:
        """What counts only if many rows have it is in the list at the severity that it turned out to have."""
        refusing = [chat_row(f"Tell me of {n}.", f"I'm sorry, but I can't help with number {n}.") for n in range(40)]
        file_id = upload(*ROWS, *refusing)
        report(file_id)

        lines = http.get(f"/api/v1/datasets/{file_id}/report/findings", params={"model": MODEL}).text.splitlines()

        refusals = [f for f in map(json.loads, lines) if f["code"] == "refusals"]
        assert [f["line"] for f in refusals] == list(range(61, 101))
        assert {f["severity"] for f in refusals} == {"warning"}

    def test_of_a_sound_file_are_none(self, http: httpx2.Client, upload: Callable[..., str]) -> None:
        """A file without a fault has an empty list."""
        response = http.get(f"/api/v1/datasets/{upload(*ROWS)}/report/findings")

        assert (response.status_code, response.text) == (200, "")

    def test_wait_for_the_report(self, http: httpx2.Client, upload: Callable[..., str]) -> None:
        """Before there is a report there is no list of its findings."""
        response = http.get(f"/api/v1/datasets/{upload(*ROWS)}/report/findings", params={"model": MODEL})

        assert (response.status_code, response.json()["code"]) == (404, "report_not_found")


class TestProgress:
    def test_is_streamed_until_the_end(self, http: httpx2.Client, upload: Callable[..., str]) -> None:
        """The stream begins with how the check stands and ends with how it ended."""
        file_id = upload(*ROWS)

        response = http.get(f"/api/v1/datasets/{file_id}/progress")

        assert response.headers["content-type"].startswith("text/event-stream")
        *_, last = [json.loads(line[6:]) for line in response.text.splitlines() if line.startswith("data: ")]
        assert last["state"] == "succeeded"
        assert last["progress"]["bytes_done"] == last["progress"]["bytes_total"]
        assert last["progress"]["rows_done"] == len(ROWS)

    def test_follows_a_check_that_begins_later(
        self, http: httpx2.Client, upload: Callable[..., str], drain: Drain
    ) -> None:
        """Who watches before the work begins hears of its beginning and of its end."""
        file_id = upload(*ROWS)
        asked = {"model": MODEL, "method": "supervised"}
        http.get(f"/api/v1/datasets/{file_id}/report", params=asked)

        with http.stream("GET", f"/api/v1/datasets/{file_id}/progress", params=asked) as response:
            lines = response.iter_lines()
            first = next(line for line in lines if line.startswith("data: "))
            drain()
            rest = [line for line in lines if line.startswith("data: ")]

        assert json.loads(first[6:])["state"] == "queued"
        assert json.loads(rest[-1][6:])["state"] == "succeeded"

    @pytest.mark.parametrize("params", [{}, {"model": MODEL}])
    def test_of_nothing_is_not_there(self, http: httpx2.Client, params: dict[str, str]) -> None:
        """What nobody has asked, or of a file that is not there, cannot be watched."""
        response = http.get("/api/v1/datasets/file-0000000000000000000000/progress", params=params)

        assert (response.status_code, response.json()["code"]) == (404, "report_not_found")
