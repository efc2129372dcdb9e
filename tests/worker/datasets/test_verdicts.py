"""Files that follow the project's policies, whatever happens at the same time."""

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager

import openai
import pytest
from sqlmodel import Session, select

from shared.datasets.pipeline.policies import set_policies
from shared.datasets.pipeline.tables import DatasetCheck
from shared.datasets.pipeline.uploads import settle_upload
from shared.datasets.severities import Policy
from shared.db.session import Database
from shared.outbox.claim import claim_work
from shared.outbox.tables import WorkItem
from shared.resources import Resources
from shared.tasks import Work
from tests.api.datasets import chat_row, jsonl
from tests.fixtures.database import Tenant
from tests.fixtures.drain import Drain
from worker.datasets.verdicts import judge_uploads
from worker.unit import WorkUnit

DATA = jsonl(*(chat_row(f"{number}?", "Yes.") for number in range(10)), chat_row("1?", "Yes."))
"One row is there twice."


@pytest.fixture
def file_id(client: openai.OpenAI, drain: Drain) -> str:
    """An upload that was checked while nobody had an opinion on duplicates."""
    file_id = client.files.create(file=("train.jsonl", io.BytesIO(DATA)), purpose="fine-tune").id
    drain()
    return file_id


def block_duplicates(session: Session, tenant: Tenant) -> None:
    set_policies(session, tenant.project_id, {"duplicate_exact": Policy.BLOCK})


def judge_once(database: Database, tenant: Tenant, file_id: str) -> None:
    """What the end of a check at upload does."""
    with database.transaction() as session:
        [check_id] = session.exec(select(DatasetCheck.id).where(DatasetCheck.file_id == file_id))
        settle_upload(session, tenant.project_id, check_id)


class TestStatus:
    def test_waits_for_a_change_under_way(
        self, client: openai.OpenAI, database: Database, tenant: Tenant, file_id: str
    ) -> None:
        """A check that ends while policies are being changed is judged by the new ones."""
        with ThreadPoolExecutor(1) as thread:
            with database.transaction() as session:
                block_duplicates(session, tenant)
                judging = thread.submit(judge_once, database, tenant, file_id)
                wait([judging], timeout=0.5)
            judging.result()

        assert client.files.retrieve(file_id).status == "error"

    def test_is_judged_again_for_a_change_meanwhile(
        self, client: openai.OpenAI, resources: Resources, tenant: Tenant, file_id: str, drain: Drain
    ) -> None:
        """A change that comes when all files have been judged, and before that is noted, is not lost."""

        class InterruptedUnit(WorkUnit):
            @contextmanager
            def settling(self) -> Iterator[Session]:
                with self.database.transaction() as session:
                    block_duplicates(session, tenant)
                with super().settling() as session:
                    yield session

        with resources.database.transaction() as session:
            set_policies(session, tenant.project_id, {})
            session.flush()
            [work_id] = session.exec(select(WorkItem.id).where(WorkItem.kind == Work.JUDGE_UPLOADS))
            claim = claim_work(session, work_id, lease_seconds=60)
        assert claim is not None

        judge_uploads(InterruptedUnit(resources, claim, lease_seconds=60))

        before = client.files.retrieve(file_id).status
        drain()
        assert (before, client.files.retrieve(file_id).status) == ("processed", "error")

    def test_of_other_files_stays(
        self, client: openai.OpenAI, database: Database, tenant: Tenant, drain: Drain
    ) -> None:
        """What was uploaded for anything but fine-tuning is never judged."""
        other = client.files.create(file=("notes.jsonl", io.BytesIO(b"{")), purpose="user_data")
        drain()

        with database.transaction() as session:
            set_policies(session, tenant.project_id, {"json_invalid": Policy.BLOCK})
        drain()

        assert client.files.retrieve(other.id).status == "processed"
