"""What a project makes of codes."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.api.dataset_reports.asked import ROWS
from tests.fixtures.drain import Drain
from tests.fixtures.settings import on_sqlite

POLICIES = "/api/v1/datasets/policies"

pytestmark = on_sqlite


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
