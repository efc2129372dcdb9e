"""A job at a provider, from the client's request to the tuned model: the first Tunery asks, the second one trains."""

import base64
from collections.abc import Iterator

import openai
import pytest
from sqlmodel import select

from shared.models.tables import Model
from shared.resources import Resources
from tests.fixtures.provider_jobs import ConnectionMaker, ProviderJobs
from tests.fixtures.second_tunery import SecondTunery
from tests.fixtures.settings import on_sqlite

pytestmark = on_sqlite


@pytest.fixture
def loose_client(api_url: str, client: openai.OpenAI) -> Iterator[openai.OpenAI]:
    """One that takes statuses the SDK's types do not know."""
    with openai.OpenAI(base_url=f"{api_url}/v1", api_key=client.api_key, max_retries=0) as loose:
        yield loose


class TestWholeJob:
    def test_ends_as_it_did_upstream(
        self,
        connect: ConnectionMaker,
        provider_jobs: ProviderJobs,
        second_tunery: SecondTunery,
        client: openai.OpenAI,
    ) -> None:
        """Status, numbers, events, checkpoints and the result file of a provider's job are those it has there."""
        connect()
        job = provider_jobs.create(suffix="mine", seed=7, metadata={"team": "a"})
        upstream_id = provider_jobs.submit(job.id).upstream_job_id
        second_tunery.work()

        ended = provider_jobs.end(job.id)

        upstream = second_tunery.client.fine_tuning.jobs.retrieve(str(upstream_id))
        assert (ended.status, ended.error) == ("succeeded", None)
        assert ended.trained_tokens == upstream.trained_tokens
        assert ended.hyperparameters == upstream.hyperparameters
        assert (upstream.seed, (upstream.metadata or {}).get("team")) == (7, "a")
        told, there = (
            [event.message for event in each.fine_tuning.jobs.list_events(job_id, limit=100)]
            for each, job_id in ((client, job.id), (second_tunery.client, upstream.id))
        )
        assert [text for text in told if text.startswith("Step")] == [text for text in there if text.startswith("Step")]
        assert len(told) == len(set(told))
        assert {text.split(":")[0] for text in told} == {text.split(":")[0] for text in there}
        csv = base64.b64decode(client.files.content(ended.result_files[0]).read())
        assert csv == base64.b64decode(second_tunery.client.files.content(upstream.result_files[0]).read())
        assert upstream.id not in str(told)

    def test_registers_the_model(
        self, connect: ConnectionMaker, provider_jobs: ProviderJobs, second_tunery: SecondTunery, resources: Resources
    ) -> None:
        """The tuned model has a name of ours that leads to the connection and to what it is called there."""
        connection = connect()
        job = provider_jobs.create()
        provider_jobs.submit(job.id)
        second_tunery.work()

        ended = provider_jobs.end(job.id)

        with resources.database.reading() as session:
            model = session.exec(select(Model).where(Model.name == ended.fine_tuned_model)).one()
        assert model.connection_id == connection.id
        (upstream,) = second_tunery.client.fine_tuning.jobs.list()
        assert model.upstream_name == upstream.fine_tuned_model
