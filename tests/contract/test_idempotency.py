"""Idempotency-Key: one effect for one key, whoever comes first."""

from functools import partial

import httpx2
import openai
import pytest

from shared.resources import Resources
from tests.api.answers import assert_refused
from tests.api.datasets import good_file
from tests.fixtures.database import Tenant
from tests.fixtures.settings import on_sqlite
from tests.fixtures.together import run_together

TWINS = 8
JOBS = "/v1/fine_tuning/jobs"


@pytest.fixture
def file_id(client: openai.OpenAI) -> str:
    return client.files.create(file=good_file(), purpose="fine-tune").id


def create_job(client: openai.OpenAI, file_id: str, *, key: str, seed: int = 1) -> str:
    headers = {"Idempotency-Key": key}
    return client.fine_tuning.jobs.create(model="tiny", training_file=file_id, seed=seed, extra_headers=headers).id


def create_file(client: openai.OpenAI, *, key: str) -> str:
    headers = {"Idempotency-Key": key}
    return client.files.create(file=("a.jsonl", good_file()), purpose="fine-tune", extra_headers=headers).id


class TestKeys:
    def test_the_same_request_is_answered_from_memory(self, client: openai.OpenAI, file_id: str) -> None:
        """A key that came before gives the answer of that time, even when the job has moved on."""
        headers = {"Idempotency-Key": "nightly-1"}
        first = client.fine_tuning.jobs.create(model="tiny", training_file=file_id, extra_headers=headers)
        client.fine_tuning.jobs.cancel(first.id)

        second = client.fine_tuning.jobs.create(model="tiny", training_file=file_id, extra_headers=headers)

        assert second == first
        assert [job.id for job in client.fine_tuning.jobs.list()] == [first.id]

    def test_another_body_is_refused(self, client: openai.OpenAI, file_id: str) -> None:
        """A key belongs to one request: with another body it is a 400, and nothing is made."""
        made = create_job(client, file_id, key="nightly-1", seed=1)

        with pytest.raises(openai.BadRequestError) as raised:
            create_job(client, file_id, key="nightly-1", seed=2)

        assert (raised.value.code, raised.value.param) == ("idempotency_key_reused", "Idempotency-Key")
        assert [job.id for job in client.fine_tuning.jobs.list()] == [made]

    def test_another_route_is_refused(self, client: openai.OpenAI) -> None:
        """A key that made a file makes no upload."""
        create_file(client, key="nightly-1")

        with pytest.raises(openai.BadRequestError) as raised:
            client.uploads.create(
                filename="a",
                purpose="fine-tune",
                bytes=1,
                mime_type="text/plain",
                extra_headers={"Idempotency-Key": "nightly-1"},
            )

        assert raised.value.code == "idempotency_key_reused"

    def test_a_refused_request_keeps_no_key(self, client: openai.OpenAI, file_id: str) -> None:
        """A request that was refused had no effect, so its key is free for the right one."""
        with pytest.raises(openai.BadRequestError):
            create_job(client, "file-nope", key="nightly-1")

        assert create_job(client, file_id, key="nightly-1").startswith("ftjob-")

    def test_keys_of_others_are_others(self, client: openai.OpenAI, other_client: openai.OpenAI) -> None:
        """Two projects may choose the same key and never hear of each other."""
        mine, theirs = (create_file(each, key="nightly-1") for each in (client, other_client))

        assert mine != theirs
        assert [file.id for file in other_client.files.list()] == [theirs]

    def test_both_prefixes_are_one_route(self, client: openai.OpenAI, api_url: str, file_id: str) -> None:
        """A key used under /v1 is known under /openai/v1."""
        first = create_job(client, file_id, key="nightly-1")

        second = create_job(client.with_options(base_url=f"{api_url}/openai/v1"), file_id, key="nightly-1")

        assert second == first

    @on_sqlite
    @pytest.mark.parametrize(
        "key", ["", "x" * 256, b"caf\xe9", "a\tb"], ids=["empty", "256 characters", "Latin-1", "tab"]
    )
    def test_a_key_that_will_not_do(self, http: httpx2.Client, key: bytes, file_id: str) -> None:
        """A key is 1 to 255 printable ASCII characters."""
        request = {"model": "tiny", "training_file": file_id}

        response = http.post(JOBS, json=request, headers={b"Idempotency-Key": key})

        assert_refused(response, 400, code="invalid_idempotency_key", param="Idempotency-Key")

    @on_sqlite
    def test_the_longest_key(self, client: openai.OpenAI, file_id: str) -> None:
        """255 characters are a key."""
        assert create_job(client, file_id, key="x" * 255) == create_job(client, file_id, key="x" * 255)


class TestTwins:
    def test_jobs_at_the_same_moment(self, client: openai.OpenAI, file_id: str) -> None:
        """Equal requests that arrive together make one job, and all are answered with it."""
        made = run_together([partial(create_job, client, file_id, key="nightly-1")] * TWINS)

        assert len(made) == TWINS
        assert [job.id for job in client.fine_tuning.jobs.list()] == list(set(made))

    def test_files_at_the_same_moment(self, client: openai.OpenAI, resources: Resources, tenant: Tenant) -> None:
        """Equal uploads that arrive together make one file, and one object in the store."""
        made = run_together([partial(create_file, client, key="nightly-1")] * TWINS)

        (file_id,) = set(made)
        assert [file.id for file in client.files.list()] == [file_id]
        assert list(resources.store.list(f"files/{tenant.project_id}")) == [f"files/{tenant.project_id}/{file_id}"]

    def test_completions_at_the_same_moment(self, client: openai.OpenAI, resources: Resources, tenant: Tenant) -> None:
        """An upload that is completed eight times at once becomes one file, and one object in the store."""
        upload = client.uploads.create(filename="a", purpose="fine-tune", bytes=3, mime_type="text/plain")
        part = client.uploads.parts.create(upload.id, data=b"abc")
        headers = {"Idempotency-Key": "nightly-1"}
        complete = partial(client.uploads.complete, upload.id, part_ids=[part.id], extra_headers=headers)

        done = run_together([complete] * TWINS)

        (file_id,) = {each.file.id for each in done if each.file}
        assert [file.id for file in client.files.list()] == [file_id]
        assert list(resources.store.list(f"files/{tenant.project_id}")) == [f"files/{tenant.project_id}/{file_id}"]
