"""Doing dataset operations: one handler for all kinds, and the registry of what each kind does.

An operation reads files and writes objects with no transaction open. The rows of new files, their lineage and the end
of the operation are one transaction, so a worker that is killed leaves at most objects which the next attempt replaces.
"""

from collections.abc import Callable, Mapping

from sqlmodel import Session

from shared.datasets.operations import service as operations
from shared.datasets.operations.outcome import Outcome
from shared.datasets.operations.tables import DatasetOperation, OperationState
from shared.datasets.tables import DerivationKind
from shared.errors import ServiceError
from shared.outbox.claim import Claim
from worker.datasets import changes, importing
from worker.datasets.checks import LONGEST_CHECK_SECONDS
from worker.datasets.operation_run import OperationRun
from worker.heartbeat import Heartbeat
from worker.task import Handler
from worker.unit import WorkUnit

OperationFunction = Callable[[OperationRun], Outcome]
"""Raises ServiceError for what only the user can mend; after anything else it is tried again."""

OPERATIONS: dict[str, OperationFunction] = {
    DerivationKind.IMPORT: importing.import_dataset,
    DerivationKind.SPLIT: changes.split,
    DerivationKind.FIXES: changes.fixes,
    DerivationKind.MERGE: changes.merge,
    DerivationKind.SAMPLE: changes.sample,
}
"What each kind of operation does."


def make_handler(functions: Mapping[str, OperationFunction]) -> Handler:
    """The handler of operations whose kinds are in `functions`, which may grow until work arrives."""
    return Handler(
        run=lambda unit: _run_operation(unit, functions), give_up=_give_up, longest_seconds=LONGEST_CHECK_SECONDS
    )


def _run_operation(unit: WorkUnit, functions: Mapping[str, OperationFunction]) -> None:
    """Do an operation that is queued or was left running by a worker that died."""
    with unit.database.reading() as session:
        operation = operations.find_operation(session, unit.project_id, unit.subject_id)
    if operation is None or operation.state not in {OperationState.QUEUED, OperationState.RUNNING}:
        with unit.finishing():
            return
    run = OperationRun(unit, operation)
    run.report_progress(0.0)
    try:
        # Sorting millions of rows reports nothing for longer than a lease lasts.
        with Heartbeat(unit) as heartbeat:
            run.watch_claim(heartbeat.check)
            outcome = functions[operation.kind](run)
        with unit.finishing() as session:
            operations.finish_operation(session, operation, outcome)
    except ServiceError as error:
        if error.retryable:
            raise
        _fail(unit, operation, run, error)


def _fail(unit: WorkUnit, operation: DatasetOperation, run: OperationRun, error: ServiceError) -> None:
    with unit.finishing() as session:
        operations.fail_operation(session, unit.project_id, operation.id, error)
    # Afterwards: whoever took this work over may be writing the same objects.
    for key in run.written:
        unit.store.delete(key)


def _give_up(session: Session, claim: Claim, _reason: str) -> None:
    told = f"The operation could not be done, by a fault of the service ({claim.work_id}). Ask for it again."
    error = ServiceError(told, code="server_error")
    operations.fail_operation(session, claim.project_id, claim.subject_id, error)


RUN_OPERATION = make_handler(OPERATIONS)
