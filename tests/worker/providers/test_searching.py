"""A request for a job whose answer got lost: the job is found in lists that ignore filters or drop metadata."""

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from shared.providers.tables import ProviderJob
from tests.fixtures.provider import Provider, reply
from tests.fixtures.provider_jobs import ConnectionMaker, ProviderJobs
from tests.fixtures.settings import on_sqlite

pytestmark = on_sqlite

JOBS = "/v1/fine_tuning/jobs"
AN_HOUR = 3600


class Searching:
    """A provider that makes jobs and loses its answers, and a job that was sent to it."""

    def __init__(self, provider: Provider, jobs: ProviderJobs) -> None:
        self.provider = provider
        self.jobs = jobs
        provider.replies["/v1/files"] = reply({"id": "file-up", "object": "file", "bytes": 1, "created_at": 1764000000})

    def lose(self, **request: Any) -> str:
        """The id of a job of ours whose request was answered by a 500."""
        self.provider.replies[JOBS] = reply({"error": {"message": "Oops"}}, 500)
        job = self.jobs.create(**request)
        self.jobs.go_on_until(lambda: self.jobs.row(job.id).sends == 1, what="it was sent")
        return job.id

    def sent(self) -> list[dict[str, Any]]:
        """The requests that may have made jobs."""
        return [each.body for each in self.provider.asked if (each.method, each.path) == ("POST", JOBS)]

    def searched_after(self) -> list[str]:
        """The cursors of the pages that were searched for our mark, in their order."""
        queries = [parse_qs(urlsplit(each.path).query) for each in self.provider.asked if each.method == "GET"]
        return [query.get("after", [""])[0] for query in queries if any("metadata" in name for name in query)]

    def find(self, job_id: str) -> ProviderJob:
        self.jobs.go_on_until(lambda: self.jobs.row(job_id).upstream_job_id, what="it is found")
        return self.jobs.row(job_id)


@pytest.fixture
def searching(provider: Provider, connect: ConnectionMaker, provider_jobs: ProviderJobs) -> Searching:
    connect(provider.url)
    return Searching(provider, provider_jobs)


def entry(name: str, *, age_seconds: int = 0, **fields: Any) -> dict[str, Any]:
    return {"id": name, "status": "queued", "created_at": int(time.time()) - age_seconds, "metadata": None} | fields


def page(*entries: dict[str, Any], has_more: bool = False) -> Any:
    return reply({"object": "list", "data": list(entries), "has_more": has_more})


class TestIgnoredFilter:
    def test_found_on_a_later_page(self, searching: Searching) -> None:
        """A list that ignores the filter by metadata is paged through until our mark is met; nothing is sent again."""
        job_id = searching.lose()
        marked = searching.sent()[0]["metadata"]

        searching.provider.pages[JOBS, "ftjob-2"] = page(entry("ftjob-3", metadata=marked))
        searching.provider.replies[JOBS] = page(
            entry("ftjob-1", metadata={"team": "a"}), entry("ftjob-2", metadata={"team": "b"}), has_more=True
        )

        assert searching.find(job_id).upstream_job_id == "ftjob-3"
        assert searching.searched_after()[-2:] == ["", "ftjob-2"]
        assert len(searching.sent()) == 1

    def test_no_further_back_than_needed(self, searching: Searching) -> None:
        """Paging ends at jobs that are older than our request, however many more there are."""
        job_id = searching.lose()
        marked = searching.sent()[0]["metadata"]

        old = entry("ftjob-2", metadata={"team": "a"}, age_seconds=AN_HOUR)
        searching.provider.replies[JOBS] = page(entry("ftjob-1", metadata=marked), old, has_more=True)

        assert searching.find(job_id).upstream_job_id == "ftjob-1"
        assert set(searching.searched_after()) == {""}


class TestDroppedMetadata:
    def test_known_by_file_and_seed(self, searching: Searching) -> None:
        """Where metadata is dropped, the job is the one with our file and seed that is no older than our request."""
        job_id = searching.lose(seed=7)

        searching.provider.replies[JOBS] = page(
            entry("ftjob-1", training_file="file-up", seed=8),
            entry("ftjob-2", training_file="file-theirs", seed=7),
            entry("ftjob-3", training_file="file-up", seed=7, metadata={"team": "a"}),
            entry("ftjob-4", training_file="file-up", seed=7),
            entry("ftjob-5", training_file="file-up", seed=7, age_seconds=AN_HOUR),
        )

        assert searching.find(job_id).upstream_job_id == "ftjob-4"
        assert len(searching.sent()) == 1

    def test_not_another_job_of_ours(self, searching: Searching) -> None:
        """A job that is known to be another one of ours is not taken: the request is sent again."""
        alike: dict[str, Any] = {"training_file": searching.jobs.upload(), "seed": 7}
        first = entry("ftjob-1", training_file="file-up", seed=7)
        searching.provider.replies[JOBS] = reply(first | {"data": [first], "has_more": False})
        searching.jobs.submit(searching.jobs.create(**alike).id)
        job_id = searching.lose(**alike)

        second = entry("ftjob-2", training_file="file-up", seed=7)
        searching.provider.replies[JOBS] = reply(second | {"data": [first], "has_more": False})

        found = searching.find(job_id)
        assert (found.upstream_job_id, found.sends) == ("ftjob-2", 2)
