"""What an import has copied is shown by the ordinary wire, as it was."""

import base64

import openai
import pytest
from sqlmodel import select

from shared.db.session import Database
from shared.imports.tables import Import
from shared.outbox.tables import WorkItem
from shared.tasks import Work
from shared.webhooks.tables import Event
from tests.fixtures.settings import on_sqlite
from tests.worker.imports.acting import Acting
from tests.worker.imports.old_organization import OldOrganization


@on_sqlite
class TestCopies:
    def test_files(
        self, acting: Acting, imported: Import, client: openai.OpenAI, old_organization: OldOrganization
    ) -> None:
        """A copied file has the bytes, the name and the date it had."""
        copy = client.files.retrieve(acting.local_id(imported, old_organization.training_file))

        old = old_organization.client.files.retrieve(old_organization.training_file)
        assert (copy.filename, copy.bytes, copy.created_at, copy.purpose) == (
            old.filename, old.bytes, old.created_at, old.purpose,
        )  # fmt: skip
        content = old_organization.client.files.content(old.id).read()
        assert client.files.content(copy.id).read() == content

    def test_jobs(
        self, acting: Acting, imported: Import, client: openai.OpenAI, old_organization: OldOrganization
    ) -> None:
        """A copied job is finished history: its figures are the old ones, its files are the copies."""
        copy = client.fine_tuning.jobs.retrieve(acting.local_id(imported, old_organization.good_job))

        old = old_organization.client.fine_tuning.jobs.retrieve(old_organization.good_job)
        same = {
            "status",
            "created_at",
            "finished_at",
            "fine_tuned_model",
            "trained_tokens",
            "hyperparameters",
            "seed",
            "model",
        }
        assert {name: getattr(copy, name) for name in same} == {name: getattr(old, name) for name in same}
        assert copy.training_file == acting.local_id(imported, old_organization.training_file)
        assert copy.result_files == [acting.local_id(imported, old.result_files[0])]
        assert copy.metadata == {"team": "paint", "imported_from": imported.connection_id, "upstream_job_id": old.id}

    def test_events(
        self, acting: Acting, imported: Import, client: openai.OpenAI, old_organization: OldOrganization
    ) -> None:
        """A copied job has every event in its order and its words, and so its loss curve."""
        copies = client.fine_tuning.jobs.list_events(acting.local_id(imported, old_organization.good_job), limit=100)

        old = old_organization.client.fine_tuning.jobs.list_events(old_organization.good_job, limit=100)
        told = [(event.message, event.type, event.data, event.created_at) for event in old]
        assert len(told) > 5
        assert [(event.message, event.type, event.data, event.created_at) for event in copies] == told

    def test_result_file(
        self, acting: Acting, imported: Import, client: openai.OpenAI, old_organization: OldOrganization
    ) -> None:
        """A result file is served as it was, in base64, and not in base64 of base64."""
        job = client.fine_tuning.jobs.retrieve(acting.local_id(imported, old_organization.good_job))

        csv = base64.b64decode(client.files.content(job.result_files[0]).read())

        assert csv.startswith(b"step,train_loss")

    def test_checkpoints(
        self, acting: Acting, imported: Import, client: openai.OpenAI, old_organization: OldOrganization
    ) -> None:
        """Checkpoints come along with their steps, metrics and model names."""
        copies = client.fine_tuning.jobs.checkpoints.list(acting.local_id(imported, old_organization.good_job))

        old = old_organization.client.fine_tuning.jobs.checkpoints.list(old_organization.good_job)
        told = [(each.step_number, each.fine_tuned_model_checkpoint, each.metrics) for each in old]
        assert sorted((each.step_number, each.fine_tuned_model_checkpoint) for each in copies) == sorted(
            (step, name) for step, name, _ in told
        )

    def test_failed_job(
        self, acting: Acting, imported: Import, client: openai.OpenAI, old_organization: OldOrganization
    ) -> None:
        """A job that failed comes along with the reason it had."""
        copy = client.fine_tuning.jobs.retrieve(acting.local_id(imported, old_organization.bad_job))

        old = old_organization.client.fine_tuning.jobs.retrieve(old_organization.bad_job)
        assert (copy.status, copy.error) == ("failed", old.error)

    @pytest.mark.usefixtures("imported")
    def test_is_history(self, database: Database) -> None:
        """An import trains nothing and tells no webhook."""
        with database.reading() as session:
            kinds = {work.kind for work in session.exec(select(WorkItem))}
            told = session.exec(select(Event)).all()

        assert kinds.isdisjoint({Work.VALIDATE_JOB, Work.TRAIN_JOB, Work.DELIVER_WEBHOOK})
        assert told == []
