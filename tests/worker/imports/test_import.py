"""Leaving an organization: found, copied, repeated, interrupted."""

import openai

from shared.connections.tables import Connection
from shared.db.session import Database
from shared.imports.tables import ImportState, ObjectKind, ObjectState, StepKind
from shared.models import service as models
from tests.fixtures.drain import Drain
from tests.fixtures.faulty_proxy import Fault, ProxyMaker
from tests.worker.imports.acting import Acting
from tests.worker.imports.conftest import ConnectionMaker
from tests.worker.imports.old_organization import OldOrganization, chats


class TestInventory:
    def test_finds_everything(self, acting: Acting, connection: Connection, drain: Drain) -> None:
        """An inventory lists files, jobs, checkpoints and tuned models, and copies nothing."""
        started = acting.start(connection, steps=[StepKind.INVENTORY])

        drain()

        assert acting.look(started).state == ImportState.SUCCEEDED
        assert acting.counts(started) == {
            "file": {"found": 4},
            "job": {"found": 2},
            "checkpoint": {"found": 2},
            "model": {"found": 2},
        }


class TestAgain:
    def test_adds_nothing(self, acting: Acting, connection: Connection, drain: Drain, client: openai.OpenAI) -> None:
        """A second run of an import finds nothing new and makes nothing twice."""
        started = acting.start(connection)
        drain()
        before = ([file.id for file in client.files.list()], [job.id for job in client.fine_tuning.jobs.list()])

        again = acting.start(connection)
        drain()

        after = ([file.id for file in client.files.list()], [job.id for job in client.fine_tuning.jobs.list()])
        assert (again.id, acting.look(started).runs, acting.look(started).state) == (
            started.id,
            2,
            ImportState.SUCCEEDED,
        )
        assert after == before

    def test_adds_what_is_new(
        self, acting: Acting, connection: Connection, drain: Drain, old_organization: OldOrganization
    ) -> None:
        """A file uploaded upstream after the first run is copied by the second."""
        started = acting.start(connection)
        drain()
        new = old_organization.client.files.create(file=("late.jsonl", chats(3)), purpose="fine-tune")

        acting.start(connection)
        drain()
        old_organization.client.files.delete(new.id)

        assert acting.counts(started)[ObjectKind.FILE] == {"copied": 5}

    def test_another_upstream(
        self,
        *,
        acting: Acting,
        connection: Connection,
        connect: ConnectionMaker,
        faulty_proxy: ProxyMaker,
        drain: Drain,
        database: Database,
        old_organization: OldOrganization,
    ) -> None:
        """An upstream that lists the name of another one's model does not get what is asked of that model."""
        started = acting.start(connection)
        drain()

        acting.start(connect(faulty_proxy(old_organization.second.url).url))
        drain()

        with database.reading() as session:
            model = models.find_model(session, started.project_id, old_organization.model)
        assert model is not None
        assert model.connection_id == connection.id


class TestFailures:
    def test_deleted_file(
        self, acting: Acting, connection: Connection, drain: Drain, old_organization: OldOrganization
    ) -> None:
        """A file deleted between inventory and copy is noted with the reason, and the rest is copied."""
        doomed = old_organization.client.files.create(file=("doomed.jsonl", chats(3)), purpose="fine-tune")
        started = acting.start(connection, steps=[StepKind.INVENTORY])
        drain()
        old_organization.client.files.delete(doomed.id)

        acting.start(connection, steps=[StepKind.COPY])
        drain()

        lost = [row for row in acting.objects(started) if row.state == ObjectState.FAILED]
        assert [(row.upstream_id, row.reason_code) for row in lost] == [(doomed.id, "deleted_upstream")]
        assert acting.look(started).state == ImportState.SUCCEEDED

    def test_storm(
        self,
        acting: Acting,
        connect: ConnectionMaker,
        faulty_proxy: ProxyMaker,
        drain: Drain,
        old_organization: OldOrganization,
    ) -> None:
        """Through dropped connections, refusals and half bodies everything arrives, once and whole."""
        proxy = faulty_proxy(old_organization.second.url)
        proxy.storm(seed=7, share=0.3, faults=[Fault.DROP_AFTER, Fault.ERROR_BEFORE, Fault.RATE_LIMITED, Fault.HALF])
        started = acting.start(connect(proxy.url))

        for _ in range(40):
            drain()
            drain.hasten()

        assert acting.look(started).state == ImportState.SUCCEEDED
        assert acting.counts(started) == {
            "file": {"copied": 4}, "job": {"copied": 2}, "checkpoint": {"copied": 2}, "model": {"copied": 2},
        }  # fmt: skip

    def test_bad_key(
        self, acting: Acting, connect: ConnectionMaker, drain: Drain, old_organization: OldOrganization
    ) -> None:
        """A key that the upstream refuses ends the run with the upstream's words."""
        started = acting.start(connect(old_organization.second.url, "sk-wrong"))

        drain()

        failed = acting.look(started)
        assert (failed.state, failed.error_code) == (ImportState.FAILED, "key_refused")
        assert "401" in str(failed.error_message)


class TestCancel:
    def test_goes_on_later(self, acting: Acting, connection: Connection, drain: Drain) -> None:
        """A cancelled import does nothing more, and starting it again goes on from there."""
        started = acting.start(connection)
        cancelled = acting.cancel(started)
        drain()
        counts = acting.counts(started)

        acting.start(connection)
        drain()

        assert (cancelled.state, counts[ObjectKind.FILE]) == (ImportState.CANCELLED, {})
        assert acting.look(started).state == ImportState.SUCCEEDED
