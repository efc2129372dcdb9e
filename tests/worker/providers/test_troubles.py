"""What goes wrong at a provider becomes an error that a person can act on, or a wait; and one alert, not a storm."""

import socket
from typing import Any

import openai
import pytest

from shared.connections import service as connections
from shared.connections.tables import Connection
from shared.resources import Resources
from tests.fixtures.database import Tenant
from tests.fixtures.faulty_proxy import Fault, FaultyProxy, ProxyMaker
from tests.fixtures.provider import Provider, reply
from tests.fixtures.provider_jobs import ConnectionMaker, ProviderJobs
from tests.fixtures.second_tunery import SecondTunery
from tests.fixtures.settings import on_sqlite

pytestmark = on_sqlite

JOBS = "/v1/fine_tuning/jobs"
FILE = {"id": "file-9d3a", "object": "file", "bytes": 1, "created_at": 1764000000, "filename": "x"}


class Observed:
    """A connection as its row tells."""

    def __init__(self, resources: Resources, tenant: Tenant) -> None:
        self._resources = resources
        self._tenant = tenant

    def state(self, connection: Connection) -> str:
        with self._resources.database.reading() as session:
            return connections.get_connection(session, self._tenant.project_id, connection.id).state

    def put_key(self, connection: Connection, secret: str) -> None:
        with self._resources.database.transaction() as session:
            connections.update_connection(
                session,
                self._tenant.principal,
                connection.id,
                {"secret": secret},
                settings=self._resources.settings,
            )


@pytest.fixture
def observed(resources: Resources, tenant: Tenant) -> Observed:
    return Observed(resources, tenant)


def refusal(code: str, message: str, status: int) -> Any:
    return reply({"error": {"message": message, "type": "x", "param": None, "code": code}}, status)


class TestRefusals:
    def test_bad_key(self, connect: ConnectionMaker, provider_jobs: ProviderJobs, observed: Observed) -> None:
        """A job whose connection has a bad key fails saying so, without the key, and the connection is revoked."""
        connection = connect(secret="sk-not-the-key-0123456789")
        job = provider_jobs.create()

        ended = provider_jobs.end(job.id)

        assert ended.error is not None
        assert ended.error.code == "provider_key_refused"
        assert "sk-not" not in ended.error.message
        assert observed.state(connection) == "revoked"

    @pytest.mark.parametrize(
        ("refused", "advice"),
        [
            (("training_not_available", 403), "Use another connection"),
            (("model_not_available", 400), "Choose another base model"),
            (("insufficient_quota", 429), "quota"),
        ],
    )
    def test_refused_for_good(
        self,
        refused: tuple[str, int],
        advice: str,
        provider: Provider,
        connect: ConnectionMaker,
        provider_jobs: ProviderJobs,
    ) -> None:
        """A provider's refusal ends the job with its code, its words less keys and addresses, and what would help."""
        code, status = refused
        connect(provider.url)
        provider.replies["/v1/files"] = reply(FILE)
        said = f"Not with sk-abcdefgh12345678 at {provider.url}/v1"
        provider.replies[JOBS] = refusal(code, said, status)
        job = provider_jobs.create()

        ended = provider_jobs.end(job.id)

        assert ended.error is not None
        assert ended.error.code == code
        assert advice in ended.error.message
        assert "sk-abc" not in ended.error.message
        assert "127.0.0.1" not in ended.error.message

    def test_unreachable(self, connect: ConnectionMaker, provider_jobs: ProviderJobs, observed: Observed) -> None:
        """A provider that cannot be reached fails no job: it waits, and the connection says that it is failing."""
        connection = connect(closed_url())
        job = provider_jobs.create()

        provider_jobs.go_on_until(lambda: observed.state(connection) == "failing", what="the failure is noticed")

        assert provider_jobs.get(job.id).status == "queued"


class TestRevokedKeys:
    def test_pause_polling_until_replaced(
        self, connect: ConnectionMaker, provider_jobs: ProviderJobs, provider: Provider, observed: Observed, caplog: Any
    ) -> None:
        """A key that is refused while jobs run is told once, asked with no more, and after its change all goes on."""
        connection = connect(provider.url)
        upstream = {"id": "ftjob-1", "status": "running", "created_at": 1764000000}
        provider.replies["/v1/files"] = reply(FILE)
        provider.replies[JOBS] = reply(upstream | {"data": [upstream], "has_more": False})
        job = provider_jobs.create()
        provider_jobs.submit(job.id)

        provider.replies[JOBS] = provider.replies[f"{JOBS}/ftjob-1"] = refusal("invalid_api_key", "No.", 401)
        provider_jobs.go_on_until(lambda: observed.state(connection) == "revoked", what="the refusal is noticed")
        asked = len(provider.asked)
        for _ in range(5):
            provider_jobs.go_on()

        assert len(provider.asked) == asked
        assert sum("connection.key_refused" in record.getMessage() for record in caplog.records) == 1
        ended = upstream | {"status": "succeeded", "fine_tuned_model": "ft:x"}
        provider.replies[JOBS] = reply({"data": [ended], "has_more": False})
        observed.put_key(connection, "sk-another-key-0123456789")
        assert provider_jobs.end(job.id).status == "succeeded"


class TestWishes:
    def test_cancel(
        self, connect: ConnectionMaker, provider_jobs: ProviderJobs, second_tunery: SecondTunery, client: openai.OpenAI
    ) -> None:
        """A cancelled job is cancelled at its provider, and here once that has said so."""
        connect()
        job = provider_jobs.create()
        upstream_id = str(provider_jobs.submit(job.id).upstream_job_id)

        asked = client.fine_tuning.jobs.cancel(job.id)

        assert asked.status == "queued"
        assert provider_jobs.end(job.id).status == "cancelled"
        assert second_tunery.client.fine_tuning.jobs.retrieve(upstream_id).status == "cancelled"

    def test_cancel_before_it_is_sent(
        self, connect: ConnectionMaker, provider_jobs: ProviderJobs, second_tunery: SecondTunery, client: openai.OpenAI
    ) -> None:
        """A job that no provider has heard of is cancelled at once, and never sent."""
        connect()
        job = provider_jobs.create()

        cancelled = client.fine_tuning.jobs.cancel(job.id)
        provider_jobs.go_on()

        assert cancelled.status == "cancelled"
        assert second_tunery.list_job_ids() == []

    def test_cancel_that_comes_too_late(
        self, connect: ConnectionMaker, provider_jobs: ProviderJobs, second_tunery: SecondTunery, client: openai.OpenAI
    ) -> None:
        """A job that has succeeded upstream before a cancel arrived there has succeeded."""
        connect()
        job = provider_jobs.create()
        provider_jobs.submit(job.id)
        second_tunery.work()

        client.fine_tuning.jobs.cancel(job.id)

        assert provider_jobs.end(job.id).status == "succeeded"
        told = [event.message for event in client.fine_tuning.jobs.list_events(job.id, limit=100)]
        assert any(text.startswith("The provider did not cancel the job") for text in told)

    def test_pause_and_resume(
        self, connect: ConnectionMaker, provider_jobs: ProviderJobs, second_tunery: SecondTunery, client: openai.OpenAI
    ) -> None:
        """A job is paused and resumed where it is trained, and ends as if nothing had been."""
        connect()
        job = provider_jobs.create()
        provider_jobs.submit(job.id)
        provider_jobs.go_on_until(lambda: provider_jobs.row(job.id).upstream_status)
        second_tunery.client.fine_tuning.jobs.retrieve(str(provider_jobs.row(job.id).upstream_job_id))
        queue_upstream(second_tunery)

        client.fine_tuning.jobs.pause(job.id)
        provider_jobs.go_on_until(lambda: loose_status(client, job.id) == "paused", what="the job is paused")
        client.post(f"/fine_tuning/jobs/{job.id}/resume", cast_to=object)
        provider_jobs.go_on_until(lambda: loose_status(client, job.id) == "queued", what="the job is queued again")
        second_tunery.work()

        assert provider_jobs.end(job.id).status == "succeeded"

    def test_what_a_provider_cannot_do(
        self, connect: ConnectionMaker, provider_jobs: ProviderJobs, provider: Provider, client: openai.OpenAI
    ) -> None:
        """A provider without a route to pause has its refusal told as an event, and the job goes on."""
        connect(provider.url)
        upstream = {"id": "ftjob-1", "status": "running", "created_at": 1764000000}
        provider.replies["/v1/files"] = reply(FILE)
        provider.replies[JOBS] = reply(upstream | {"data": [upstream], "has_more": False})
        job = provider_jobs.create()
        provider_jobs.go_on_until(lambda: provider_jobs.get(job.id).status == "running")

        client.fine_tuning.jobs.pause(job.id)

        provider_jobs.go_on_until(lambda: provider_jobs.row(job.id).wish is None, what="the wish is settled")
        newest = client.fine_tuning.jobs.list_events(job.id, limit=1).data[0]
        assert (newest.level, newest.message) == ("warn", "The provider did not pause the job: No such path")
        assert provider_jobs.get(job.id).status == "running"


class TestDoubles:
    def test_request_that_was_delivered_twice(
        self, connect: ConnectionMaker, provider_jobs: ProviderJobs, second_tunery: SecondTunery, proxy: FaultyProxy
    ) -> None:
        """Of two upstream jobs that one request made, one goes on; the other is found by its mark and cancelled."""
        connect(proxy.url)
        proxy.script("POST", JOBS, Fault.DUPLICATE)
        job = provider_jobs.create()
        ours = provider_jobs.submit(job.id).upstream_job_id

        provider_jobs.go_on_until(
            lambda: any(each.status == "cancelled" for each in second_tunery.client.fine_tuning.jobs.list()),
            what="the double is cancelled",
        )

        statuses = {each.id: each.status for each in second_tunery.client.fine_tuning.jobs.list()}
        assert len(statuses) == 2
        assert statuses.pop(str(ours)) != "cancelled"
        assert list(statuses.values()) == ["cancelled"]


@pytest.fixture
def proxy(second_tunery: SecondTunery, faulty_proxy: ProxyMaker) -> FaultyProxy:
    """In front of a provider that knows no idempotency keys."""
    return faulty_proxy(second_tunery.url, removed_headers=frozenset({"idempotency-key"}))


def queue_upstream(second_tunery: SecondTunery) -> None:
    """Have the provider check files and not train yet."""
    second_tunery.work.only("jobs.validate", "files.process")


def closed_url() -> str:
    """Of a port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def loose_status(client: openai.OpenAI, job_id: str) -> str:
    """The SDK's types know no `paused`."""
    found: Any = client.get(f"/fine_tuning/jobs/{job_id}", cast_to=object)
    return str(found["status"])
