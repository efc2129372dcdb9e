"""Several who ask the same of an import at the same moment begin it once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from shared.imports.tables import Import
from tests.worker.imports.old_organization import OldOrganization

ASKERS = 6


def at_once(ask: Callable[[int], httpx2.Response]) -> list[Any]:
    with ThreadPoolExecutor(ASKERS) as pool:
        answers = list(pool.map(ask, range(ASKERS)))
    assert {answer.status_code for answer in answers} == {200}
    return [answer.json() for answer in answers]


@pytest.mark.training
def test_retrain(http: httpx2.Client, imported: Import, old_organization: OldOrganization) -> None:
    """Requests for one and the same retraining, each with a key of its own, make one job."""
    wish = {"job": old_organization.good_job, "model": "tiny"}

    def ask(number: int) -> httpx2.Response:
        headers = {"idempotency-key": f"retrain-{number}"}
        return http.post(f"/api/v1/imports/{imported.id}/retrain", json=wish, headers=headers)

    assert len({made["job"] for made in at_once(ask)}) == 1


def test_record(http: httpx2.Client, imported: Import) -> None:
    """Requests that differ in their budgets alone start one recording, which keeps to the budget of the first."""

    def ask(number: int) -> httpx2.Response:
        return http.post(f"/api/v1/imports/{imported.id}/record", json={"budget": {"tokens": 1000 + number}})

    assert len({made["data"][0]["id"] for made in at_once(ask)}) == 1
