"""Words for groups of people that a project keeps for its reports."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from shared.tasks import Work
from tests.api.dataset_reports.asked import MODEL
from tests.api.datasets import chat_row
from tests.fixtures.database import Tenant
from tests.fixtures.drain import Drain
from tests.fixtures.settings import on_sqlite

GROUPS = "/api/v1/datasets/groups"
KEPT = {"women": ["she", "her"], "men": ["he", "his"]}
ROWS = [
    chat_row(f"Applicant {number}: {'she' if number % 2 else 'he'} asks for a loan.", "No" if number % 2 else "Yes")
    for number in range(60)
]
"Whether there is a loan goes by one word."

pytestmark = on_sqlite

Report = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def _without_groups(http: httpx2.Client) -> Iterator[None]:
    """Leave the standing project as it was."""
    yield
    http.put(GROUPS, json={"groups": {}})


def keep(http: httpx2.Client, groups: dict[str, list[str]]) -> None:
    response = http.put(GROUPS, json={"groups": groups})
    assert (response.status_code, response.json()) == (200, {"groups": groups})


def skewed(document: dict[str, Any]) -> set[str]:
    """The groups that a report says labels go by."""
    entries = [entry for entry in document["codes"] if entry["code"] == "demographic_skew"]
    return {sample["detail"]["group"] for entry in entries for sample in entry["samples"]}


class TestKept:
    def test_count_for_reports_without_their_own(
        self, http: httpx2.Client, upload: Callable[..., str], report: Report
    ) -> None:
        """A report compares labels by what the project keeps, else by what it was asked with, or by nothing."""
        file_id = upload(*ROWS)
        keep(http, KEPT)

        kept = report(file_id)
        own, none = (report(file_id, groups=asked) for asked in ('{"few": ["loan"]}', "{}"))

        assert (kept["groups"], skewed(kept)) == (KEPT, {"women", "men"})
        assert (own["groups"], skewed(own)) == ({"few": ["loan"]}, set())
        assert (none["groups"], skewed(none)) == (None, set())
        assert http.get(GROUPS).json() == {"groups": KEPT}

    def test_are_part_of_the_report(self, http: httpx2.Client, upload: Callable[..., str], report: Report) -> None:
        """A report of other groups is another one: it is made when asked for, and the old one is still there."""
        file_id = upload(*ROWS)
        before = report(file_id)

        keep(http, KEPT)
        changed = http.get(f"/api/v1/datasets/{file_id}/report", params={"model": MODEL})
        report(file_id)
        keep(http, {})
        after = http.get(f"/api/v1/datasets/{file_id}/report", params={"model": MODEL})

        assert (changed.status_code, after.status_code) == (202, 200)
        assert after.json() == before

    def test_are_on_the_page(self, http: httpx2.Client, upload: Callable[..., str], report: Report) -> None:
        """The page names the groups that counted, and a link shows those of the time when it was made."""
        file_id = upload(*ROWS)
        keep(http, KEPT)
        report(file_id)

        link = http.post(f"/api/v1/datasets/{file_id}/report/link", params={"model": MODEL}).json()["url"]
        keep(http, {})

        assert "she, her" in http.get(link).text
        assert "Whom prompts speak of" in http.get(link).text

    def test_count_for_jobs(self, http: httpx2.Client, upload: Callable[..., str], drain: Drain) -> None:
        """A job is judged with the project's groups: what labels go by can keep it from starting."""
        file_id = upload(*ROWS)
        keep(http, KEPT)
        http.put("/api/v1/datasets/policies", json={"policies": {"demographic_skew": "block"}})
        job = http.post("/v1/fine_tuning/jobs", json={"model": "tiny", "training_file": file_id}).json()

        drain.only(Work.VALIDATE_JOB)

        http.put("/api/v1/datasets/policies", json={"policies": {}})
        error = http.get(f"/v1/fine_tuning/jobs/{job['id']}").json()["error"]
        assert error["code"] == "invalid_training_file"
        assert "demographic_skew" in error["message"]

    def test_of_a_stranger_are_not_seen(self, http: httpx2.Client, other_tenant: Tenant) -> None:
        """What a project keeps is its own."""
        keep(http, KEPT)

        seen = http.get(GROUPS, headers={"authorization": f"Bearer {other_tenant.api_key}"})

        assert seen.json() == {"groups": {}}

    @pytest.mark.parametrize(
        "groups",
        [{"women": []}, {"women": [""]}, {"": ["she"]}, {"women": "she"}, {"women": [1]}, [], {"w": ["x" * 8_000]}],
    )
    def test_are_checked(self, http: httpx2.Client, groups: Any) -> None:
        """What is no list of words for each group, or too much for a question, is refused and changes nothing."""
        response = http.put(GROUPS, json={"groups": groups})

        assert response.status_code == 400
        assert response.json()["param"].startswith("groups")
        assert http.get(GROUPS).json() == {"groups": {}}
