"""Answers that are lost on the way: the SDK sends the request again, and it has its effect once."""

from collections.abc import Iterator

import httpx2
import openai
import pytest

from shared.resources import Resources
from tests.api.datasets import good_file
from tests.contract.dropping_proxy import DroppingProxy
from tests.fixtures.database import Tenant
from tests.fixtures.settings import on_sqlite


@pytest.fixture
def proxy(api_url: str) -> Iterator[DroppingProxy]:
    """Drops the answer to the first POST."""
    with DroppingProxy(api_url) as proxy:
        yield proxy


@pytest.fixture
def unlucky(proxy: DroppingProxy, tenant: Tenant, connections: httpx2.Client) -> openai.OpenAI:
    """An unmodified client with its usual retries, whose first answer gets lost."""
    return openai.OpenAI(
        base_url=f"{proxy.url}/v1",
        api_key=tenant.api_key,
        max_retries=2,
        http_client=connections,
        _strict_response_validation=True,
    )


class TestLostAnswers:
    def test_one_job(self, unlucky: openai.OpenAI, proxy: DroppingProxy, client: openai.OpenAI) -> None:
        """Creating a job whose answer was lost makes one job, and the retry is answered with it."""
        file_id = client.files.create(file=good_file(), purpose="fine-tune").id

        job = unlucky.fine_tuning.jobs.create(model="tiny", training_file=file_id, metadata={"a": "b"})

        assert proxy.dropped == 1
        assert [each.id for each in client.fine_tuning.jobs.list()] == [job.id]
        assert len(client.fine_tuning.jobs.list_events(job.id).data) == 2

    def test_one_file(
        self, unlucky: openai.OpenAI, proxy: DroppingProxy, client: openai.OpenAI, resources: Resources, tenant: Tenant
    ) -> None:
        """An upload whose answer was lost makes one file, and the bytes that came twice are stored once."""
        file = unlucky.files.create(file=("train.jsonl", good_file()), purpose="fine-tune")

        assert proxy.dropped == 1
        assert [each.id for each in client.files.list()] == [file.id]
        assert list(resources.store.list(f"files/{tenant.project_id}")) == [f"files/{tenant.project_id}/{file.id}"]

    def test_one_cancel(self, unlucky: openai.OpenAI, proxy: DroppingProxy, client: openai.OpenAI) -> None:
        """A cancel whose answer was lost has happened: the retry is told so, not that it came too late."""
        file_id = client.files.create(file=good_file(), purpose="fine-tune").id
        job_id = client.fine_tuning.jobs.create(model="tiny", training_file=file_id).id

        job = unlucky.fine_tuning.jobs.cancel(job_id)

        assert proxy.dropped == 1
        assert job.status == "cancelled"

    def test_one_upload(self, unlucky: openai.OpenAI, proxy: DroppingProxy, client: openai.OpenAI) -> None:
        """Completing an upload is answered with the same file when its first answer was lost."""
        upload = client.uploads.create(filename="a", purpose="fine-tune", bytes=3, mime_type="text/plain")
        part = client.uploads.parts.create(upload.id, data=b"abc")

        completed = unlucky.uploads.complete(upload.id, part_ids=[part.id])

        assert proxy.dropped == 1
        assert completed.file is not None
        assert [file.id for file in client.files.list()] == [completed.file.id]

    @on_sqlite
    def test_two_lost_answers(self, api_url: str, client: openai.OpenAI) -> None:
        """The third attempt finds what the first has done."""
        file_id = client.files.create(file=good_file(), purpose="fine-tune").id
        with DroppingProxy(api_url, drops=2) as proxy:
            unlucky = client.with_options(base_url=f"{proxy.url}/v1", max_retries=2)

            job = unlucky.fine_tuning.jobs.create(model="tiny", training_file=file_id)

        assert [each.id for each in client.fine_tuning.jobs.list()] == [job.id]


class TestMeantTwice:
    def test_the_same_request_again_is_another_job(self, client: openai.OpenAI) -> None:
        """Without a sign of a retry, two equal requests are two jobs and two files."""
        files = [client.files.create(file=("a", good_file()), purpose="fine-tune").id for _ in range(2)]
        jobs = [client.fine_tuning.jobs.create(model="tiny", training_file=files[0]).id for _ in range(2)]

        assert len(set(files)) == len(set(jobs)) == 2

    def test_a_retry_after_a_refusal_is_a_first_attempt(self, http: httpx2.Client, client: openai.OpenAI) -> None:
        """A retry of a request that never had an effect has it now."""
        file_id = client.files.create(file=good_file(), purpose="fine-tune").id
        request = {"model": "tiny", "training_file": file_id}

        response = http.post("/v1/fine_tuning/jobs", json=request, headers={"x-stainless-retry-count": "2"})

        assert response.status_code == 200
        assert [job.id for job in client.fine_tuning.jobs.list()] == [response.json()["id"]]
