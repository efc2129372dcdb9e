"""Use cases of dataset operations: asking for one, watching it, and how it ends.

Refuses to know what an operation does: its kind is a name here, and `worker/datasets/operations.py` has the functions.
"""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from shared import clock
from shared.datasets.lineage import record_derivation
from shared.datasets.operations import repository
from shared.datasets.operations.errors import (
    OperationNotFoundError,
    OperationNotWaitingError,
    TooManyOperationsError,
)
from shared.datasets.operations.outcome import Outcome
from shared.datasets.operations.tables import DatasetOperation, OperationState
from shared.datasets.tables import DerivationKind
from shared.errors import ServiceError
from shared.files import service as files
from shared.files.service import ReceivedFile
from shared.ids import Prefix, is_id, new_id
from shared.outbox.add import add_work, wake_work
from shared.tasks import Work

MOST_UNDER_WAY = 100
"Of a project: each takes a worker seconds to minutes, and all projects share the workers."
CONFIRMATION = "confirmation"
"Among the parameters: those that were added last, to know them again."
_UNDER_WAY = [OperationState.QUEUED, OperationState.RUNNING]


def create_operation(
    session: Session, project_id: str, *, kind: DerivationKind, file_ids: Sequence[str], params: dict[str, Any]
) -> DatasetOperation:
    """Ask for an operation on files of this project. Raises FileNotFoundInProjectError and TooManyOperationsError."""
    for file_id in file_ids:
        files.get_file(session, project_id, file_id)
    if _count_under_way(session, project_id) >= MOST_UNDER_WAY:
        raise TooManyOperationsError
    operation = DatasetOperation(
        id=new_id(Prefix.OPERATION),
        project_id=project_id,
        kind=kind,
        state=OperationState.QUEUED,
        files=list(file_ids),
        params=params,
        created_at=clock.now_seconds(),
    )
    session.add(operation)
    add_work(session, kind=Work.RUN_OPERATION, project_id=project_id, subject_id=operation.id)
    return operation


def find_operation(session: Session, project_id: str, operation_id: str) -> DatasetOperation | None:
    return repository.find_operation(session, project_id, operation_id)


def get_operation(session: Session, project_id: str, operation_id: str) -> DatasetOperation:
    """Raises OperationNotFoundError, for a stranger's operation too."""
    operation = None
    if is_id(operation_id, Prefix.OPERATION):
        operation = repository.find_operation(session, project_id, operation_id)
    if operation is None:
        raise OperationNotFoundError(operation_id)
    return operation


def list_operations(
    session: Session, project_id: str, *, after: str | None, limit: int, kind: str | None
) -> list[DatasetOperation]:
    """A page of operations, newest first; one row more than `limit` tells that there are further ones."""
    return repository.list_operations(session, project_id, after=after, limit=limit, kind=kind)


def confirm_operation(
    session: Session, project_id: str, operation_id: str, *, params: dict[str, Any]
) -> DatasetOperation:
    """Let an operation that waits go on, with `params` added to its own. It runs anew, and finds them there.

    Saying the same again changes nothing. Raises OperationNotFoundError and OperationNotWaitingError.
    """
    operation = get_operation(session, project_id, operation_id)
    values = {
        "state": OperationState.QUEUED,
        "params": operation.params | params | {CONFIRMATION: params},
        "progress": 0.0,
    }
    waiting = [OperationState.AWAITING_CONFIRMATION]
    is_confirmed_now = repository.update_operation(session, project_id, operation_id, values, in_states=waiting)
    confirmed = get_operation(session, project_id, operation_id)
    if is_confirmed_now:
        # The unit that resumed it after an earlier preview is done, and there is one for each operation.
        wake_work(session, kind=Work.RESUME_OPERATION, project_id=project_id, subject_id=operation_id)
    elif confirmed.params.get(CONFIRMATION) != params:
        raise OperationNotWaitingError(operation_id, confirmed.state, hint=_hint(confirmed))
    return confirmed


def _hint(operation: DatasetOperation) -> str:
    """What would help somebody who confirms this operation, which does not wait."""
    if operation.state not in _UNDER_WAY:
        return "Ask for another one."
    if operation.params.get("preview"):
        return "Wait for its preview."
    return "It goes on as it was asked for before."


def note_progress(session: Session, project_id: str, operation_id: str, share: float) -> None:
    """Show that the operation runs and what share of it is done."""
    values = {"state": OperationState.RUNNING, "progress": share}
    repository.update_operation(session, project_id, operation_id, values, in_states=_UNDER_WAY)


def finish_operation(session: Session, operation: DatasetOperation, outcome: Outcome) -> None:
    """Make the rows of new files, note what they came of, and end the operation: one transaction for all of it."""
    made: dict[str, str] = {}
    for file in outcome.files:
        received = ReceivedFile(file.file_id, file.object_key, file.filename, file.purpose, file.stored)
        files.create_file(session, operation.project_id, received)
        record_derivation(
            session,
            operation.project_id,
            file_id=received.file_id,
            kind=operation.kind,
            parents=operation.files if file.parents is None else file.parents,
            detail={"operation": operation.id, "role": file.role, **file.detail},
        )
        made[file.role] = received.file_id
    state = OperationState.AWAITING_CONFIRMATION if outcome.awaits_confirmation else OperationState.SUCCEEDED
    values = {
        "state": state,
        "progress": 1.0,
        "result": outcome.result | ({"files": made} if made else {}),
        "finished_at": None if outcome.awaits_confirmation else clock.now_seconds(),
    }
    repository.update_operation(session, operation.project_id, operation.id, values, in_states=_UNDER_WAY)


def fail_operation(session: Session, project_id: str, operation_id: str, error: ServiceError) -> None:
    """End the operation with the reason why nothing was made."""
    values = {
        "state": OperationState.FAILED,
        "error_code": error.code or "operation_failed",
        "error_message": error.message,
        "error_param": error.param,
        "finished_at": clock.now_seconds(),
    }
    repository.update_operation(session, project_id, operation_id, values, in_states=_UNDER_WAY)


def _count_under_way(session: Session, project_id: str) -> int:
    return repository.count_operations(session, project_id, in_states=_UNDER_WAY, limit=MOST_UNDER_WAY)
