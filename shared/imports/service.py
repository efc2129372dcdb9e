"""Use cases of imports that a request asks for: start or repeat, look, cancel. How one moves is told in progress.py."""

from collections.abc import Sequence

from sqlmodel import Session

from shared import clock
from shared.connections import service as connections
from shared.connections.routing import find_named
from shared.db.session import insert_ignoring_duplicates
from shared.files import service as files
from shared.ids import Prefix, new_id
from shared.imports import repository
from shared.imports.errors import ImportNotFoundError, ImportStateError
from shared.imports.tables import Import, ImportedObject, ImportState, ImportStep, ObjectKind, StepKind
from shared.outbox.add import add_work, withdraw_work
from shared.recordings import service as recordings
from shared.tasks import Work
from shared.tenants.service import Principal

ALL_STEPS = (StepKind.INVENTORY, StepKind.COPY)
ALL_KINDS = (ObjectKind.FILE, ObjectKind.JOB, ObjectKind.MODEL)


def check_connection(session: Session, project_id: str, connection: str) -> str:
    """The id of a connection that can be imported from, by id or name. Raises ConnectionNotFoundError."""
    visible = connections.list_connections(session, project_id)
    return find_named(visible, connection).id


def start_import(
    session: Session,
    principal: Principal,
    *,
    connection_id: str,
    kinds: Sequence[ObjectKind] = ALL_KINDS,
    steps: Sequence[StepKind] = ALL_STEPS,
) -> Import:
    """Begin an import, or run the one of this connection again. One under way goes on undisturbed."""
    now = clock.now_seconds()
    row = {
        "id": new_id(Prefix.IMPORT),
        "project_id": principal.project_id,
        "organization_id": principal.organization_id,
        "connection_id": connection_id,
        "state": ImportState.CANCELLED,
        "runs": 0,
        "upstream_models": {},
        "created_at": now,
        "updated_at": now,
    }
    insert_ignoring_duplicates(session, Import, [row])
    found = repository.find_import_of_connection(session, principal.project_id, connection_id)
    if found is None:
        raise ImportNotFoundError(connection_id)
    running = lock_import(session, principal.project_id, found.id)
    if running.state != ImportState.RUNNING:
        running.runs += 1
        running.state = ImportState.RUNNING
        running.updated_at, running.finished_at = now, None
        running.error_code = running.error_message = None
        repository.try_failed_again(session, principal.project_id, running.id)
        ordered = [step for step in ALL_STEPS if step in steps]
        add_step(session, running, ordered[0], following=ordered[1:], kinds=kinds)
        session.add(running)
    return running


def add_step(
    session: Session, running: Import, kind: str, *, following: Sequence[str], kinds: Sequence[str]
) -> ImportStep:
    """Write down the next step of a run and ask for its work."""
    step = ImportStep(
        id=new_id(Prefix.IMPORT_STEP),
        project_id=running.project_id,
        import_id=running.id,
        kind=str(kind),
        following=[str(name) for name in following],
        kinds=[str(name) for name in kinds],
        state=ImportState.RUNNING,
        created_at=clock.now_seconds(),
    )
    session.add(step)
    add_work(session, kind=Work.IMPORT_STEP, project_id=running.project_id, subject_id=step.id)
    return step


def get_import(session: Session, project_id: str, import_id: str) -> Import:
    """Raises ImportNotFoundError, for a stranger's import too."""
    found = repository.find_import(session, project_id, import_id)
    if found is None:
        raise ImportNotFoundError(import_id)
    return found


def lock_import(session: Session, project_id: str, import_id: str) -> Import:
    """The import, held until the transaction ends: what is asked of it at the same time happens one after the other.

    Raises ImportNotFoundError, for a stranger's import too.
    """
    found = repository.lock_import(session, project_id, import_id)
    if found is None:
        raise ImportNotFoundError(import_id)
    return found


def find_import(session: Session, project_id: str, import_id: str) -> Import | None:
    return repository.find_import(session, project_id, import_id)


def find_step(session: Session, project_id: str, step_id: str) -> ImportStep | None:
    return repository.find_step(session, project_id, step_id)


def find_newest_step(session: Session, project_id: str, import_id: str) -> ImportStep | None:
    """What a running import is about, or what its last run ended with."""
    return repository.find_newest_step(session, project_id, import_id)


def list_imports(session: Session, project_id: str, *, after: str | None, limit: int) -> list[Import]:
    """Newest first."""
    return repository.list_imports(session, project_id, after=after, limit=limit)


def list_objects(
    session: Session,
    project_id: str,
    import_id: str,
    *,
    after: str | None,
    limit: int,
    kind: str | None = None,
    state: str | None = None,
) -> list[ImportedObject]:
    """In the order in which they were seen. Raises ImportNotFoundError."""
    get_import(session, project_id, import_id)
    return repository.list_objects(session, project_id, import_id, after=after, limit=limit, kind=kind, state=state)


def count_objects(session: Session, project_id: str, import_id: str) -> dict[str, dict[str, int]]:
    """Kind to state to how many."""
    return repository.count_objects(session, project_id, import_id)


def list_to_copy(
    session: Session, project_id: str, import_id: str, *, kinds: Sequence[str], limit: int
) -> list[ImportedObject]:
    """What was found and is not here yet, in the order in which it can be copied. Checkpoints go with their jobs."""
    wanted = [*kinds, ObjectKind.CHECKPOINT] if ObjectKind.JOB in kinds else kinds
    return repository.list_to_copy(session, project_id, import_id, kinds=wanted, limit=limit)


def find_by_upstream_id(
    session: Session, project_id: str, import_id: str, *, kind: str, upstream_id: str
) -> ImportedObject | None:
    return repository.find_by_upstream_id(session, project_id, import_id, kind=kind, upstream_id=upstream_id)


def find_local_ids(
    session: Session, project_id: str, import_id: str, *, kind: str, upstream_ids: Sequence[str]
) -> dict[str, str]:
    """Upstream id to our id, for those that were seen."""
    rows = repository.list_by_upstream_ids(session, project_id, import_id, kind=kind, upstream_ids=upstream_ids)
    return {row.upstream_id: row.local_id for row in rows}


def is_copied_file(session: Session, project_id: str, file_id: str) -> bool:
    """Whether a file that history names is really here."""
    return files.find_file(session, project_id, file_id) is not None


def cancel_import(session: Session, project_id: str, import_id: str) -> Import:
    """Stop a run and its recordings. What is here stays, and starting the import again goes on from there."""
    step = repository.find_newest_step(session, project_id, import_id)
    if step is not None:
        # Work row first, import second: workers lock them in this order too, and the other one would be a deadlock.
        withdraw_work(session, kind=Work.IMPORT_STEP, project_id=project_id, subject_id=step.id)
    stopped = recordings.cancel_active(session, project_id, import_id)
    running = lock_import(session, project_id, import_id)
    if running.state != ImportState.RUNNING and stopped:
        return running
    if running.state != ImportState.RUNNING:
        raise ImportStateError(f"Import {import_id} is {running.state}: there is nothing to cancel.")
    now = clock.now_seconds()
    running.state, running.updated_at, running.finished_at = ImportState.CANCELLED, now, now
    session.add(running)
    if step is not None:
        step.state, step.finished_at = ImportState.CANCELLED, now
        session.add(step)
    return running
