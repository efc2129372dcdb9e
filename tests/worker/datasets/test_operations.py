"""Operations on datasets: what they make appears at once, under one lineage, however often they are tried."""

from collections.abc import Callable

import pytest
from sqlmodel import select

from shared import clock
from shared.datasets import lineage
from shared.datasets.operations import service as operations
from shared.datasets.operations.errors import OperationNotWaitingError
from shared.datasets.operations.outcome import Outcome
from shared.datasets.operations.tables import DatasetOperation, OperationState
from shared.datasets.tables import DerivationKind
from shared.errors import InvalidInputError, UnavailableError
from shared.files import service as files
from shared.files.tables import File
from shared.outbox.claim import claim_work
from shared.outbox.tables import WorkItem, WorkState
from shared.resources import Resources
from shared.tasks import Work
from tests.factories.rows import add_file
from tests.fixtures.database import Tenant
from tests.fixtures.settings import on_postgresql, on_sqlite
from worker.datasets.operation_run import OperationRun
from worker.datasets.operations import make_handler
from worker.task import perform

Do = Callable[[Callable[[OperationRun], Outcome]], DatasetOperation]


@pytest.fixture
def parent(resources: Resources, tenant: Tenant) -> File:
    with resources.database.transaction() as session:
        return add_file(session, tenant.project_id)


@pytest.fixture
def operation(resources: Resources, tenant: Tenant, parent: File) -> DatasetOperation:
    with resources.database.transaction() as session:
        return operations.create_operation(
            session, tenant.project_id, kind=DerivationKind.SAMPLE, file_ids=[parent.id], params={"rows": 1}
        )


@pytest.fixture
def do(resources: Resources, operation: DatasetOperation) -> Do:
    """Have a function do the operation, as far as work on it is due; the row afterwards."""

    def do(function: Callable[[OperationRun], Outcome]) -> DatasetOperation:
        handler = make_handler({DerivationKind.SAMPLE: function})
        for work_id in due_work(resources):
            perform(resources, handler, work_id)
        return look_up(resources, operation)

    return do


def due_work(resources: Resources) -> list[str]:
    kinds = [Work.RUN_OPERATION, Work.RESUME_OPERATION]
    with resources.database.reading() as session:
        items = session.exec(select(WorkItem).where(WorkItem.state == WorkState.READY)).all()
    return [item.id for item in items if item.kind in kinds and item.due_at <= clock.now()]


def look_up(resources: Resources, operation: DatasetOperation) -> DatasetOperation:
    with resources.database.reading() as session:
        return operations.get_operation(session, operation.project_id, operation.id)


def made_files(resources: Resources, operation: DatasetOperation) -> list[lineage.Relative]:
    with resources.database.reading() as session:
        found = lineage.get_lineage(session, operation.project_id, operation.files[0])
    return list(found.children)


def make_one(run: OperationRun) -> Outcome:
    with run.writing("sample") as output:
        output.write(b"{}\n")
        made = output.store_as(filename="sample.jsonl", purpose="fine-tune", detail={"rows": 1})
    return Outcome({"rows": 1}, [made])


def refuse(run: OperationRun) -> Outcome:
    make_one(run)
    raise InvalidInputError("There are no rows.", code="invalid_value", param="rows")


class TestSuccess:
    def test_makes_a_file_with_its_lineage(self, resources: Resources, do: Do, parent: File) -> None:
        """An operation ends with a file to check, and its lineage says what it was made of and how."""
        ended = do(make_one)

        made = made_files(resources, ended)
        assert (ended.state, ended.progress) == (OperationState.SUCCEEDED, 1.0)
        assert ended.result == {"rows": 1, "files": {"sample": made[0].file_id}}
        assert made[0].file is not None
        assert made[0].file.filename == "sample.jsonl"
        assert made[0].derivation is not None
        assert made[0].derivation.detail == {"operation": ended.id, "role": "sample", "rows": 1}
        assert made[0].derivation.parents == [parent.id]

    @on_sqlite
    def test_a_killed_worker_leaves_what_the_next_replaces(
        self, resources: Resources, operation: DatasetOperation
    ) -> None:
        """A worker that dies between object and row leaves no file; the next attempt writes the same object again."""
        with resources.database.transaction() as session:
            work_id = due_work(resources)[0]
            claim_work(session, work_id, lease_seconds=-1)
        key = files.object_key(operation.project_id, f"{operation.id}.sample")
        with resources.store.writer(key) as writer:
            writer.write(b"half of it")
            writer.commit()

        perform(resources, make_handler({DerivationKind.SAMPLE: make_one}), work_id)

        assert len(made_files(resources, operation)) == 1
        assert b"".join(resources.store.iter_chunks(key)) == b"{}\n"
        assert [key for key in resources.store.list() if operation.id in key] == [key]


@on_sqlite
class TestFailure:
    def test_tells_why_and_leaves_nothing(self, resources: Resources, do: Do) -> None:
        """What only the user can mend ends the operation with code and message, without a file or an object."""
        ended = do(refuse)

        assert (ended.state, ended.error_code) == (OperationState.FAILED, "invalid_value")
        assert (ended.error_message, ended.error_param) == ("There are no rows.", "rows")
        assert made_files(resources, ended) == []
        assert [key for key in resources.store.list() if ended.id in key] == []

    def test_a_store_that_is_away_is_waited_for(self, do: Do) -> None:
        """What may pass by itself is tried again later; the operation stays under way."""

        def be_away(_run: OperationRun) -> Outcome:
            raise UnavailableError("The store is away.")

        assert do(be_away).state == OperationState.RUNNING

    def test_a_deleted_input_is_named(self, resources: Resources, do: Do, parent: File) -> None:
        """An operation whose file was deleted meanwhile fails and names the file."""
        with resources.database.transaction() as session:
            files.delete_file(session, parent.project_id, parent.id)

        def read(run: OperationRun) -> Outcome:
            run.input_file(run.operation.files[0])
            return Outcome({})

        ended = do(read)

        assert ended.error_code == "file_not_found"
        assert parent.id in (ended.error_message or "")


@on_sqlite
class TestConfirmation:
    def test_an_operation_may_ask_first(self, resources: Resources, do: Do, operation: DatasetOperation) -> None:
        """An operation that shows a preview waits, makes nothing, and goes on with what the person added."""

        def preview_then_make(run: OperationRun) -> Outcome:
            if "agreed" not in run.params:
                return Outcome({"preview": ["a row"]}, awaits_confirmation=True)
            return make_one(run)

        waiting = do(preview_then_make)
        with resources.database.transaction() as session:
            operations.confirm_operation(session, operation.project_id, operation.id, params={"agreed": True})
        ended = do(preview_then_make)

        assert (waiting.state, waiting.result) == (OperationState.AWAITING_CONFIRMATION, {"preview": ["a row"]})
        assert ended.state == OperationState.SUCCEEDED
        assert len(made_files(resources, ended)) == 1


@on_postgresql
class TestConfirmedMeanwhile:
    def test_is_seen_by_whoever_looked_before(self, resources: Resources, do: Do, operation: DatasetOperation) -> None:
        """Somebody who looked before another agreed is told how the operation stands, not how it stood."""
        do(lambda _run: Outcome({}, awaits_confirmation=True))

        with resources.database.transaction() as session:
            seen = operations.get_operation(session, operation.project_id, operation.id)
            with resources.database.transaction() as other:
                operations.confirm_operation(other, operation.project_id, operation.id, params={"agreed": "first"})

            with pytest.raises(OperationNotWaitingError, match="it is queued"):
                operations.confirm_operation(session, operation.project_id, operation.id, params={"agreed": "second"})

        assert seen.params["agreed"] == "first"
