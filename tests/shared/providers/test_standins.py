"""The stand-ins that the tests of providers rest on: a second Tunery, and a proxy that misbehaves as told."""

from collections.abc import Iterator

import httpx2
import openai
import pytest

from tests.api.datasets import good_file
from tests.fixtures.faulty_proxy import Fault, FaultyProxy, ProxyMaker
from tests.fixtures.second_tunery import SecondTunery

FILES, JOBS = "/v1/files", "/v1/fine_tuning/jobs"


@pytest.fixture
def proxy(second_tunery: SecondTunery, faulty_proxy: ProxyMaker) -> FaultyProxy:
    return faulty_proxy(second_tunery.url)


@pytest.fixture
def through(proxy: FaultyProxy, second_tunery: SecondTunery) -> Iterator[openai.OpenAI]:
    """A client behind the proxy."""
    with openai.OpenAI(base_url=f"{proxy.url}/v1", api_key=second_tunery.api_key, max_retries=0, timeout=10) as client:
        yield client


class TestFaultyProxy:
    def test_forwards_faithfully(self, through: openai.OpenAI, second_tunery: SecondTunery) -> None:
        """Without a fault, uploads, jobs and file contents come through as they are."""
        file = through.files.create(file=good_file(), purpose="fine-tune")
        job = through.fine_tuning.jobs.create(model="tiny", training_file=file.id)

        assert second_tunery.list_job_ids() == [job.id]
        assert through.files.content(file.id).read() == good_file()

    @pytest.mark.parametrize(
        ("fault", "error", "jobs"),
        [
            (Fault.DROP_BEFORE, openai.APIConnectionError, 0),
            (Fault.DROP_AFTER, openai.APIConnectionError, 1),
            (Fault.RATE_LIMITED, openai.RateLimitError, 0),
            (Fault.ERROR_BEFORE, openai.InternalServerError, 0),
            (Fault.ERROR_AFTER, openai.InternalServerError, 1),
            (Fault.HALF, openai.APIConnectionError, 1),
            (Fault.SLOW, None, 1),
            (Fault.LATE, None, 1),
            (Fault.DUPLICATE, None, 2),
        ],
    )
    def test_faults(
        self, fault: Fault, error: type[openai.APIError] | None, jobs: int, through: openai.OpenAI, proxy: FaultyProxy
    ) -> None:
        """Each fault happens to the one request it was meant for, and the server has seen that as often as it says."""
        file = through.files.create(file=good_file(), purpose="fine-tune")
        proxy.script("POST", JOBS, fault)

        for expected in (error, None):
            if expected is None:
                through.fine_tuning.jobs.create(model="tiny", training_file=file.id)
            else:
                with pytest.raises(expected):
                    through.fine_tuning.jobs.create(model="tiny", training_file=file.id)

        assert len(list(through.fine_tuning.jobs.list())) == jobs + 1
        assert [each.fault for each in proxy.carried if each.method == "POST" and each.path == JOBS] == [fault, None]

    def test_seeded_storm(self, proxy: FaultyProxy) -> None:
        """A storm hits the share of requests it is told to, and the same ones for the same seed."""
        hits = []
        for _ in range(2):
            proxy.calm()
            proxy.storm(seed=7, share=0.5, faults=[Fault.ERROR_BEFORE], method="GET", within=FILES)
            with httpx2.Client(base_url=proxy.url, trust_env=False) as client:
                hits.append([client.get(FILES).status_code for _ in range(20)])

        assert hits[0] == hits[1]
        assert {401, 503} == set(hits[0])


class TestSecondTunery:
    def test_trains_on_demand(self, second_tunery: SecondTunery) -> None:
        """A job at the second service is trained when it is told to work, and its model is there."""
        file = second_tunery.client.files.create(file=good_file(), purpose="fine-tune")
        job = second_tunery.client.fine_tuning.jobs.create(
            model="tiny", training_file=file.id, hyperparameters={"n_epochs": 1, "batch_size": 4}
        )

        second_tunery.work()

        assert second_tunery.client.fine_tuning.jobs.retrieve(job.id).status == "succeeded"
