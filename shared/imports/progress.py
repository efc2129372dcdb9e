"""How an import moves while a worker works on it: pages noted, objects copied or given up, steps ended. Every function
joins the caller's transaction, so that a fenced commit makes it happen once or not at all.
"""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from shared import clock
from shared.ids import Prefix, new_id
from shared.imports import repository, service
from shared.imports.found import Found
from shared.imports.tables import ImportedObject, ImportState, ImportStep, ObjectKind, ObjectState

_PREFIXES = {ObjectKind.FILE: Prefix.FILE, ObjectKind.JOB: Prefix.JOB, ObjectKind.CHECKPOINT: Prefix.CHECKPOINT}
_REASON_LIMIT = 1000
_MOST_NAMES = 5000


def note_found(session: Session, step: ImportStep, found: Sequence[Found]) -> int:
    """Keep what a page told; how many objects were not known before. What is copied already stays as it is."""
    unique = {(entry.kind, entry.upstream_id, entry.is_hearsay): entry for entry in found}
    firm = [entry for entry in unique.values() if not entry.is_hearsay]
    hearsay = [entry for entry in unique.values() if entry.is_hearsay]
    rows = {(entry.kind, entry.upstream_id): _row(step, entry) for entry in [*hearsay, *firm]}
    new = repository.add_objects(session, step.project_id, list(rows.values()))
    for kind in {entry.kind for entry in firm}:
        told = {entry.upstream_id: entry for entry in firm if entry.kind == kind}
        known = repository.list_by_upstream_ids(
            session, step.project_id, step.import_id, kind=kind, upstream_ids=list(told)
        )
        for row in known:
            if row.state != ObjectState.COPIED:
                _refresh(session, row, told[row.upstream_id])
    return new


def note_last_days(session: Session, step: ImportStep, last_days: dict[str, str | None]) -> None:
    """Keep the days on which the upstream says its models end."""
    running = service.get_import(session, step.project_id, step.import_id)
    running.upstream_models = dict(list(last_days.items())[:_MOST_NAMES])
    session.add(running)


def move_on(session: Session, step: ImportStep, cursor: dict[str, Any]) -> None:
    """Keep how far a step has come; the upstream has answered, so earlier failures are forgotten."""
    step.cursor, step.failures = cursor, 0
    session.add(step)


def mark_copied(session: Session, imported: ImportedObject, outcome: dict[str, Any]) -> None:
    imported.state, imported.outcome = ObjectState.COPIED, outcome
    imported.reason_code = imported.reason = None
    imported.updated_at = clock.now_seconds()
    session.add(imported)


def mark_failed(session: Session, imported: ImportedObject, reason_code: str, reason: str) -> None:
    """Note why an object cannot be had; the rest goes on without it."""
    imported.state, imported.reason_code, imported.reason = ObjectState.FAILED, reason_code, reason[:_REASON_LIMIT]
    imported.updated_at = clock.now_seconds()
    session.add(imported)


def end_step(session: Session, step: ImportStep) -> None:
    """Go on to the next step, or end the run well."""
    step.state, step.finished_at = ImportState.SUCCEEDED, clock.now_seconds()
    session.add(step)
    running = service.get_import(session, step.project_id, step.import_id)
    running.updated_at = clock.now_seconds()
    if step.following:
        service.add_step(session, running, step.following[0], following=step.following[1:], kinds=step.kinds)
    else:
        running.state, running.finished_at = ImportState.SUCCEEDED, clock.now_seconds()
    session.add(running)


def fail_step(session: Session, step: ImportStep, error_code: str, message: str) -> None:
    """End the run with a reason a person can act on; running it again goes on from what was kept."""
    now = clock.now_seconds()
    running = service.get_import(session, step.project_id, step.import_id)
    for ended in (step, running):
        ended.state, ended.finished_at = ImportState.FAILED, now
        ended.error_code, ended.error_message = error_code, message[:_REASON_LIMIT]
        session.add(ended)
    running.updated_at = now


def _row(step: ImportStep, entry: Found) -> dict[str, Any]:
    now = clock.now_seconds()
    prefix = _PREFIXES.get(entry.kind)
    return {
        "id": new_id(Prefix.IMPORTED_OBJECT),
        "import_id": step.import_id,
        "kind": str(entry.kind),
        "upstream_id": entry.upstream_id,
        # A model keeps its name: code that asks for it goes on asking for it.
        "local_id": entry.upstream_id if prefix is None else new_id(prefix, made_at=entry.created_at),
        "parent": entry.parent,
        "state": str(entry.state),
        "document": entry.document,
        "outcome": {},
        "upstream_created_at": entry.created_at,
        "created_at": now,
        "updated_at": now,
    }


def _refresh(session: Session, row: ImportedObject, entry: Found) -> None:
    row.document, row.state = entry.document, entry.state
    row.parent = entry.parent or row.parent
    row.upstream_created_at = entry.created_at or row.upstream_created_at
    row.updated_at = clock.now_seconds()
    session.add(row)
