"""What other and older clients send: Azure's prefix, tenant headers, raw paths, bodies where none is needed."""

from typing import Any

import httpx2
import openai
import pytest

from tests.api.datasets import good_file
from tests.contract.conftest import HUB_MODEL
from tests.fixtures.api import ClientMaker
from tests.fixtures.database import Tenant
from tests.fixtures.settings import on_sqlite

pytestmark = on_sqlite

JOBS = "/v1/fine_tuning/jobs"


@pytest.fixture
def job_id(client: openai.OpenAI) -> str:
    file_id = client.files.create(file=good_file(), purpose="fine-tune").id
    return client.fine_tuning.jobs.create(model="tiny", training_file=file_id).id


class TestPrefixes:
    def test_azures_prefix_is_the_same_service(self, client: openai.OpenAI, api_url: str) -> None:
        """What is made under /openai/v1 is found under /v1."""
        azure = client.with_options(base_url=f"{api_url}/openai/v1/")

        file = azure.files.create(file=("a.jsonl", good_file()), purpose="fine-tune")
        job = azure.fine_tuning.jobs.create(model="tiny", training_file=file.id)

        assert client.files.retrieve(file.id) == file
        assert client.fine_tuning.jobs.cancel(job.id).status == "cancelled"
        assert azure.models.retrieve(HUB_MODEL).id == HUB_MODEL

    def test_a_base_url_without_a_version(self, client: openai.OpenAI, api_url: str) -> None:
        """A forgotten /v1 in the base URL is told as such, in a form that clients show."""
        mistaken = client.with_options(base_url=api_url)

        with pytest.raises(openai.NotFoundError, match="base URL ends in /v1"):
            mistaken.models.list()


class TestKeysAndTenants:
    def test_a_wrong_key(self, client_for: ClientMaker) -> None:
        """A key of another service is an AuthenticationError."""
        with pytest.raises(openai.AuthenticationError) as raised:
            client_for("sk-proj-of-another-service").models.list()

        assert raised.value.code == "invalid_api_key"

    def test_the_keys_own_organization(self, client: openai.OpenAI, tenant: Tenant) -> None:
        """A client configured with the tenant's own ids is served."""
        own = client.with_options(organization=tenant.organization_id, project=tenant.project_id)

        assert own.models.list().data

    @pytest.mark.parametrize("option", ["organization", "project"])
    def test_somebody_elses_organization(self, client: openai.OpenAI, option: str) -> None:
        """A client configured for another tenant than its key's is told that they do not fit."""
        other: Any = {option: "somebody-else"}

        with pytest.raises(openai.AuthenticationError) as raised:
            client.with_options(**other).models.list()

        assert raised.value.code == "mismatched_organization"


class TestRequests:
    def test_cancelling_with_a_json_type_and_no_body(self, http: httpx2.Client, job_id: str) -> None:
        """SDKs send POSTs without a body as JSON of no length."""
        response = http.post(f"{JOBS}/{job_id}/cancel", headers={"content-type": "application/json"})

        assert response.json()["status"] == "cancelled"

    def test_cancelling_with_a_body_nobody_needs(self, http: httpx2.Client, job_id: str) -> None:
        """Clients that send an empty object with every POST can cancel too."""
        assert http.post(f"{JOBS}/{job_id}/cancel", json={}).json()["status"] == "cancelled"

    def test_the_wire_says_which_it_is(self, http: httpx2.Client) -> None:
        """Answers carry the headers that OpenAI's documents name."""
        headers = http.get("/v1/models").headers

        assert headers["openai-version"] == "2020-10-01"
        assert int(headers["openai-processing-ms"]) >= 0
        assert headers["x-request-id"].startswith("req_")
