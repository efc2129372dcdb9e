"""A project chooses who moderates the files of its jobs. What follows for jobs: tests/worker/test_job_moderation.py."""

import httpx2
import pytest

from shared.resources import Resources
from tests.api.dataset_reports.asked import connect
from tests.api.standing import new_tenant
from tests.fixtures.settings import on_sqlite

pytestmark = on_sqlite

MODERATION = "/api/v1/datasets/moderation"


class TestChoosing:
    def test_nobody_at_first(self, http: httpx2.Client, resources: Resources) -> None:
        """A project that has chosen nobody has its jobs moderated by nobody."""
        headers = {"authorization": f"Bearer {new_tenant(resources, name='Fresh').api_key}"}

        answer = http.get(MODERATION, headers=headers)

        assert (answer.status_code, answer.json()) == (200, {"connection": None})

    @pytest.mark.parametrize("named_by", ["id", "name"])
    def test_a_connection(self, http: httpx2.Client, named_by: str) -> None:
        """Chosen by name or id it is told by its id, until the project chooses nobody."""
        made = connect(http, "https://moderation.example/v1", f"chosen by {named_by}")

        chosen = http.put(MODERATION, json={"connection": made[named_by]})
        kept = http.get(MODERATION)
        none = http.put(MODERATION, json={"connection": None})

        assert [answer.json()["connection"] for answer in (chosen, kept, none)] == [made["id"], made["id"], None]

    @pytest.mark.parametrize(
        ("body", "status", "code", "param"),
        [
            ({"connection": "engine"}, 400, "moderation_unavailable", "connection"),
            ({"connection": "nobody"}, 404, "connection_not_found", "connection"),
            ({"connection": ""}, 404, "connection_not_found", "connection"),
            ({}, 400, "missing_required_parameter", "connection"),
            ({"connection": 7}, 400, "invalid_value", "connection"),
            ({"connection": None, "block": True}, 400, "unknown_parameter", "block"),
        ],
    )
    def test_somebody_who_cannot(
        self, http: httpx2.Client, body: dict[str, object], status: int, code: str, param: str
    ) -> None:
        """Who has no moderation is refused by name, and nothing changes."""
        before = http.get(MODERATION).json()

        answer = http.put(MODERATION, json=body)

        told = answer.json()
        assert (answer.status_code, told["code"], told["param"]) == (status, code, param)
        assert http.get(MODERATION).json() == before
