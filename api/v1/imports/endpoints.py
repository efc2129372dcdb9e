"""Starting, following and stopping imports."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from sqlmodel import Session

from api.auth import PrincipalDep
from api.dependencies import ReadSessionDep, SessionDep
from api.once import OnceDep
from api.pagination import PageRequest, cut, page_of
from api.v1.imports.schemas import (
    ImportCreate,
    ImportedObjectList,
    ImportList,
    ImportRead,
    render_import,
    render_object,
)
from shared.ids import Prefix, is_id
from shared.imports import service
from shared.imports.errors import ImportNotFoundError
from shared.imports.tables import Import, ObjectKind, ObjectState, StepKind

router = APIRouter(prefix="/imports", tags=["Imports"])

ImportPage = Annotated[PageRequest, Depends(page_of(default=20, maximum=100))]
ObjectPage = Annotated[PageRequest, Depends(page_of(default=100, maximum=1000))]
_KINDS = {"files": ObjectKind.FILE, "jobs": ObjectKind.JOB, "models": ObjectKind.MODEL}


def _import_id(import_id: Annotated[str, Path(description="`imp_…`")]) -> str:
    if not is_id(import_id, Prefix.IMPORT):
        raise ImportNotFoundError(import_id)
    return import_id


ImportId = Annotated[str, Depends(_import_id)]


@router.post("")
def create_import(body: ImportCreate, principal: PrincipalDep, session: SessionDep, once: OnceDep) -> ImportRead:
    """Import from an organization, or run its import again: what is here stays, what is new is added."""
    kinds, steps = [_KINDS[name] for name in body.what], [StepKind(name) for name in body.steps]

    def start() -> ImportRead:
        connection_id = service.check_connection(session, principal.project_id, body.connection)
        started = service.start_import(session, principal, connection_id=connection_id, kinds=kinds, steps=steps)
        session.flush()
        return _read(session, started)

    return once.answer(session, ImportRead, start)


@router.get("")
def list_imports(principal: PrincipalDep, session: ReadSessionDep, page: ImportPage) -> ImportList:
    """Imports, newest first."""
    if page.after is not None and not is_id(page.after, Prefix.IMPORT):
        return ImportList(object="list", data=[], has_more=False)
    found = cut(service.list_imports(session, principal.project_id, after=page.after, limit=page.probe), page)
    return ImportList(object="list", data=[_read(session, row) for row in found.rows], has_more=found.has_more)


@router.get("/{import_id}")
def retrieve_import(import_id: ImportId, principal: PrincipalDep, session: ReadSessionDep) -> ImportRead:
    """One import: what was found, what is here, what it is at."""
    return _read(session, service.get_import(session, principal.project_id, import_id))


def _object_filter(
    kind: Annotated[ObjectKind | None, Query(description="Only objects of this kind.")] = None,
    state: Annotated[ObjectState | None, Query(description="Only objects in this state.")] = None,
) -> dict[str, str | None]:
    return {"kind": kind, "state": state}


@router.get("/{import_id}/objects")
def list_objects(
    import_id: ImportId,
    principal: PrincipalDep,
    session: ReadSessionDep,
    page: ObjectPage,
    wanted: Annotated[dict[str, str | None], Depends(_object_filter)],
) -> ImportedObjectList:
    """Every object that was seen upstream, with its id here, or why it could not be had."""
    if page.after is not None and not is_id(page.after, Prefix.IMPORTED_OBJECT):
        return ImportedObjectList(object="list", data=[], has_more=False)
    rows = service.list_objects(session, principal.project_id, import_id, after=page.after, limit=page.probe, **wanted)
    found = cut(rows, page)
    return ImportedObjectList(object="list", data=[render_object(row) for row in found.rows], has_more=found.has_more)


@router.post("/{import_id}/cancel")
def cancel_import(import_id: ImportId, principal: PrincipalDep, session: SessionDep, once: OnceDep) -> ImportRead:
    """Stop a run. What is here stays, and starting it again goes on from there."""

    def cancel() -> ImportRead:
        return _read(session, service.cancel_import(session, principal.project_id, import_id))

    return once.answer(session, ImportRead, cancel)


def _read(session: Session, found: Import) -> ImportRead:
    step = service.find_newest_step(session, found.project_id, found.id)
    return render_import(found, step, service.count_objects(session, found.project_id, found.id))
