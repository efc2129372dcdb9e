"""Copies of files at a provider: one for each content, found again when an answer is lost, sent in parts when large."""

import pytest
from sqlmodel import select

from shared.providers import copies
from shared.providers.tables import CopyState, ProviderFile
from shared.resources import Resources
from shared.settings import Settings
from tests.api.datasets import good_file
from tests.fixtures.faulty_proxy import Fault, FaultyProxy, ProxyMaker
from tests.fixtures.provider_jobs import ConnectionMaker, ProviderJobs
from tests.fixtures.second_tunery import SecondTunery
from tests.fixtures.settings import on_sqlite

pytestmark = on_sqlite

FILES, UPLOADS = "/v1/files", "/v1/uploads"
PART_BYTES = 400
SMALL, LARGE = good_file(10), good_file(30)


@pytest.fixture
def proxy(second_tunery: SecondTunery, faulty_proxy: ProxyMaker) -> FaultyProxy:
    return faulty_proxy(second_tunery.url, removed_headers=frozenset({"idempotency-key"}))


@pytest.fixture
def base_settings(base_settings: Settings) -> Settings:
    """The large file goes in parts."""
    return base_settings.model_copy(
        update={"provider_part_bytes": PART_BYTES, "provider_single_upload_bytes": len(SMALL)}
    )


def find_copy(resources: Resources) -> ProviderFile:
    """The only one there is."""
    with resources.database.reading() as session:
        return session.exec(select(ProviderFile)).one()


def upstream_contents(second_tunery: SecondTunery) -> list[bytes]:
    files = second_tunery.client.files.list(purpose="fine-tune")
    return [second_tunery.client.files.content(file.id).read() for file in files]


class TestCopies:
    def test_one_for_each_content(
        self, connect: ConnectionMaker, provider_jobs: ProviderJobs, second_tunery: SecondTunery
    ) -> None:
        """Two jobs on two files with the same content train on one upstream file with that content."""
        connect()
        jobs = [provider_jobs.create(), provider_jobs.create()]

        for job in jobs:
            provider_jobs.submit(job.id)

        assert jobs[0].training_file != jobs[1].training_file
        assert upstream_contents(second_tunery) == [SMALL]

    @pytest.mark.parametrize("path", [f"{UPLOADS}", "parts", "complete"])
    def test_parts(
        self,
        path: str,
        connect: ConnectionMaker,
        provider_jobs: ProviderJobs,
        second_tunery: SecondTunery,
        proxy: FaultyProxy,
    ) -> None:
        """A large file arrives whole in parts, though an answer to beginning, sending or completing it gets lost."""
        connect(proxy.url)
        if path == UPLOADS:
            proxy.script("POST", UPLOADS, Fault.DROP_AFTER)
        else:
            proxy.storm(seed=1, share=0.4, faults=[Fault.DROP_AFTER], method="POST", within=f"{UPLOADS}/")

        provider_jobs.submit(provider_jobs.create(training_file=provider_jobs.upload(30)).id)

        assert upstream_contents(second_tunery) == [LARGE]

    def test_content_that_changed(
        self, connect: ConnectionMaker, provider_jobs: ProviderJobs, second_tunery: SecondTunery, resources: Resources
    ) -> None:
        """A stored file that is not what was uploaded is never sent; its job fails saying so."""
        connect()
        job = provider_jobs.create()
        provider_jobs.only_validate()
        (key,) = resources.store.list("files")
        with resources.store.writer(key) as writer:
            writer.write(good_file(11))
            writer.commit()

        ended = provider_jobs.end(job.id)

        assert ended.error is not None
        assert (ended.error.code, ended.error.param) == ("file_corrupted", "training_file")
        assert upstream_contents(second_tunery) == []

    def test_upstream_that_lost_it(
        self, connect: ConnectionMaker, provider_jobs: ProviderJobs, second_tunery: SecondTunery
    ) -> None:
        """A copy that was deleted upstream is made again for the next job."""
        connect()
        first = provider_jobs.create()
        provider_jobs.submit(first.id)
        second_tunery.work.only("files.process", "jobs.validate")
        (job_id,) = second_tunery.list_job_ids()
        second_tunery.client.fine_tuning.jobs.cancel(job_id)
        (lost,) = second_tunery.client.files.list(purpose="fine-tune")
        second_tunery.client.files.delete(lost.id)

        provider_jobs.submit(provider_jobs.create(training_file=first.training_file).id)

        assert upstream_contents(second_tunery) == [SMALL]

    def test_deleted_with_our_file(
        self, connect: ConnectionMaker, provider_jobs: ProviderJobs, second_tunery: SecondTunery, resources: Resources
    ) -> None:
        """When the last file with a content is deleted here, its copy at the provider is deleted too."""
        connect()
        job = provider_jobs.create()
        provider_jobs.submit(job.id)
        second_tunery.work()
        provider_jobs.end(job.id)

        provider_jobs.delete_file(job.training_file)
        with resources.database.transaction() as session:
            asked = copies.ask_for_removals_system(session)
        provider_jobs.go_on()

        assert asked == 1
        assert upstream_contents(second_tunery) == []


class TestLostAnswers:
    def test_copy_is_found_again(
        self,
        connect: ConnectionMaker,
        provider_jobs: ProviderJobs,
        second_tunery: SecondTunery,
        proxy: FaultyProxy,
    ) -> None:
        """A copy whose answer got lost is found by its name and size, and is not sent again."""
        connect(proxy.url)
        proxy.script("POST", FILES, Fault.DROP_AFTER)

        provider_jobs.submit(provider_jobs.create().id)

        assert proxy.count("POST", FILES) == 1
        assert upstream_contents(second_tunery) == [SMALL]


class TestStates:
    def test_progress_is_kept(
        self, connect: ConnectionMaker, provider_jobs: ProviderJobs, resources: Resources
    ) -> None:
        """The row of a copy tells how many bytes and parts are there."""
        connect()

        provider_jobs.submit(provider_jobs.create(training_file=provider_jobs.upload(30)).id)

        copy = find_copy(resources)
        assert (copy.state, copy.bytes_sent) == (CopyState.SENT, len(LARGE))
        assert len(copy.part_ids) == -(-len(LARGE) // PART_BYTES)
