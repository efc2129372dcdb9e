"""What a project makes of codes."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from shared.tasks import Work
from tests.api.dataset_reports.asked import ROWS
from tests.fixtures.drain import Drain
from tests.fixtures.settings import on_sqlite

POLICIES = "/api/v1/datasets/policies"

pytestmark = on_sqlite


def status_of(http: httpx2.Client, file_id: str) -> dict[str, Any]:
    file = http.get(f"/v1/files/{file_id}").json()
    return {key: file[key] for key in ("status", "status_details")}


class TestPolicies:
    @pytest.fixture(autouse=True)
    def _without_policies(self, http: httpx2.Client) -> Any:
        """Leave the standing project as it was."""
        yield
        http.put(POLICIES, json={"policies": {}})

    def test_change_the_verdict_at_once(
        self, http: httpx2.Client, upload: Callable[..., str], report: Callable[..., dict[str, Any]]
    ) -> None:
        """A report that is there already is judged by what the project wants now."""
        file_id = upload(*ROWS, ROWS[0])
        report(file_id)

        answer = http.put(POLICIES, json={"policies": {"duplicate_exact": "block", "cost_estimate": "ignore"}})

        verdict = report(file_id)["verdict"]
        assert answer.json() == http.get(POLICIES).json()
        assert (verdict["blocking"], verdict["ignored"]) == (["duplicate_exact"], ["cost_estimate"])

    def test_decide_on_jobs(self, http: httpx2.Client, upload: Callable[..., str], drain: Drain) -> None:
        """What the project blocks fails a job, naming the lines."""
        file_id = upload(*ROWS, ROWS[0])
        http.put(POLICIES, json={"policies": {"duplicate_exact": "block"}})
        job = http.post("/v1/fine_tuning/jobs", json={"model": "tiny", "training_file": file_id}).json()

        drain()

        error = http.get(f"/v1/fine_tuning/jobs/{job['id']}").json()["error"]
        assert (error["code"], error["param"]) == ("invalid_training_file", "training_file")
        assert "Line 61" in error["message"]
        assert "duplicate_exact" in error["message"]

    def test_decide_on_the_status_of_uploads(self, http: httpx2.Client, upload: Callable[..., str]) -> None:
        """What the project blocks makes a file `error` and says where; what it lets pass, `processed`."""
        http.put(POLICIES, json={"policies": {"duplicate_exact": "block", "json_invalid": "ignore"}})

        blocked, passed = (status_of(http, upload(*rows)) for rows in ([*ROWS, ROWS[0]], [*ROWS, b"{"]))

        assert (blocked["status"], passed["status"], passed["status_details"]) == ("error", "processed", None)
        assert "(duplicate_exact): Line 61: " in blocked["status_details"]

    def test_decide_on_files_checked_before(
        self, http: httpx2.Client, upload: Callable[..., str], drain: Drain
    ) -> None:
        """A change makes an error of a file that was fine, or the other way round, and back when it is taken back."""
        blocked, passed = upload(*ROWS, ROWS[0]), upload(*ROWS, b"{")
        before = [status_of(http, file_id) for file_id in (blocked, passed)]

        http.put(POLICIES, json={"policies": {"duplicate_exact": "block", "json_invalid": "warn"}})
        drain()
        changed = [status_of(http, file_id)["status"] for file_id in (blocked, passed)]
        http.put(POLICIES, json={"policies": {}})
        drain()

        assert [file["status"] for file in before] == ["processed", "error"]
        assert changed == ["error", "processed"]
        assert [status_of(http, file_id) for file_id in (blocked, passed)] == before

    def test_agree_with_jobs(self, http: httpx2.Client, upload: Callable[..., str], drain: Drain) -> None:
        """A file that is `processed` by the project's wish is good enough for a job on its other rows."""
        http.put(POLICIES, json={"policies": {"content_empty": "ignore"}})
        file_id = upload(*ROWS, {"messages": [*ROWS[0]["messages"], {"role": "assistant", "content": " "}]})
        job = http.post("/v1/fine_tuning/jobs", json={"model": "tiny", "training_file": file_id}).json()

        drain.only(Work.VALIDATE_JOB)
        validated = http.get(f"/v1/fine_tuning/jobs/{job['id']}").json()

        assert (status_of(http, file_id)["status"], validated["status"]) == ("processed", "queued")
        assert http.post(f"/v1/fine_tuning/jobs/{job['id']}/cancel").json()["status"] == "cancelled"

    @pytest.mark.parametrize(
        ("policies", "code"),
        [
            ({"no_such_code": "warn"}, "unknown_dataset_code"),
            ({"duplicate_exact": "explode"}, "invalid_value"),
            ([], "invalid_value"),
        ],
    )
    def test_are_checked_by_name(self, http: httpx2.Client, policies: Any, code: str) -> None:
        """A code or policy that does not exist is refused by name and changes nothing."""
        response = http.put(POLICIES, json={"policies": policies})

        assert (response.status_code, response.json()["code"]) == (400, code)
        assert http.get(POLICIES).json() == {"policies": {}}
