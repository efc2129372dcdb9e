"""Whatever JSON comes in, an answer goes out: a job, or a refusal that says why."""

import json
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shared.resources import Resources
from tests.api.answers import refusal_of
from tests.factories.rows import add_file
from tests.fixtures.database import Tenant

JOBS = "/v1/fine_tuning/jobs"

TEXT = st.text(max_size=70) | st.sampled_from(["auto", "tiny", "supervised", "file-0000000000000000000000", "\ud800"])
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
HYPERPARAMETERS = st.dictionaries(
    st.sampled_from(["n_epochs", "batch_size", "learning_rate_multiplier", "beta"]),
    st.sampled_from(["auto", 1, 50, 51, 0.5, 0]) | JSON,
    max_size=3,
)
METHOD = st.fixed_dictionaries(
    {"type": st.sampled_from(["supervised", "dpo"]) | JSON},
    optional={"supervised": st.fixed_dictionaries({"hyperparameters": HYPERPARAMETERS}) | JSON, "dpo": JSON},
)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "model": JSON,
        "validation_file": JSON,
        "hyperparameters": HYPERPARAMETERS | JSON,
        "method": METHOD | JSON,
        "suffix": TEXT | JSON,
        "seed": st.integers() | JSON,
        "integrations": JSON,
        "metadata": st.dictionaries(TEXT, TEXT, max_size=17) | JSON,
    },
)


@pytest.fixture(scope="module")
def training_file(resources: Resources, tenant: Tenant) -> str:
    with resources.database.transaction() as session:
        return add_file(session, tenant.project_id).id


class TestCreatingJobs:
    @given(fields=FIELDS)
    @hypothesis_settings(max_examples=60, deadline=None, derandomize=True, database=None)
    def test_any_fields_get_an_answer(self, http: httpx2.Client, training_file: str, fields: dict[str, Any]) -> None:
        """No combination of values is a 500: the job is made as asked, or refused in the envelope."""
        request = {"model": "tiny", "training_file": training_file} | fields

        response = http.post(JOBS, content=dump(request), headers={"content-type": "application/json"})

        assert response.status_code in {200, 400}, response.text
        if response.status_code == 400:
            refusal_of(response)
        else:
            assert response.json()["metadata"] == request.get("metadata")


def dump(value: Any) -> bytes:
    """JSON as a careless writer makes it, with NaN and half a surrogate pair in it."""
    return json.dumps(value).encode()
