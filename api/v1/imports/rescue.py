"""What is done with an import: answers recorded, jobs trained again, a report of it all."""

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from pydantic import BaseModel, Field
from sqlmodel import Session

from api.auth import PrincipalDep
from api.dependencies import ReadSessionDep, ResourcesDep, SessionDep, SettingsDep
from api.once import OnceDep
from api.pages.way_out.page import show_import_report
from api.pagination import PageRequest, cut, page_of
from api.v1.imports.asking import (
    RecordCreate,
    RecordingList,
    RecordingRead,
    RetrainCreate,
    RetrainingRead,
    render_recording,
    render_retraining,
)
from api.v1.imports.endpoints import ImportId
from shared import clock
from shared.db.session import Database
from shared.ids import Prefix, is_id
from shared.imports import service as imports
from shared.imports.questions import record
from shared.imports.report import make_report
from shared.imports.retraining import retrain
from shared.recordings import service
from shared.recordings.errors import RecordingNotFoundError
from shared.recordings.labels import record_lines
from shared.recordings.tables import Recording

router = APIRouter(prefix="/imports/{import_id}", tags=["Imports"])

RecordingPage = Annotated[PageRequest, Depends(page_of(default=20, maximum=100))]
_ROWS = 200


class ImportReport(BaseModel):
    report: dict[str, Any] = Field(description="What is at risk and when, what is safe, old answers beside new ones.")


def _recording_id(recording_id: Annotated[str, Path(description="`rec_…`")]) -> str:
    if not is_id(recording_id, Prefix.RECORDING):
        raise RecordingNotFoundError(recording_id)
    return recording_id


RecordingId = Annotated[str, Depends(_recording_id)]


@router.post("/record")
def record_answers(
    *,
    import_id: ImportId,
    body: RecordCreate,
    principal: PrincipalDep,
    session: SessionDep,
    settings: SettingsDep,
    once: OnceDep,
) -> RecordingList:
    """Put prompts to the old tuned models and keep their answers, within a budget. Asking again gives the same."""

    def start() -> RecordingList:
        # Held, so that of two who ask at once the second finds what the first has begun, and pays for nothing twice.
        running = imports.lock_import(session, principal.project_id, import_id)
        made = record(session, running, body.to_wish(), settings=settings)
        session.flush()
        return RecordingList(object="list", data=[_read(session, row) for row in made], has_more=False)

    return once.answer(session, RecordingList, start)


@router.get("/recordings")
def list_recordings(
    import_id: ImportId, principal: PrincipalDep, session: ReadSessionDep, page: RecordingPage
) -> RecordingList:
    """Recordings of an import, newest first."""
    imports.get_import(session, principal.project_id, import_id)
    if page.after is not None and not is_id(page.after, Prefix.RECORDING):
        return RecordingList(object="list", data=[], has_more=False)
    rows = service.list_recordings(session, principal.project_id, import_id, after=page.after, limit=page.probe)
    found = cut(rows, page)
    return RecordingList(object="list", data=[_read(session, row) for row in found.rows], has_more=found.has_more)


@router.get("/recordings/{recording_id}")
def retrieve_recording(
    import_id: ImportId, recording_id: RecordingId, principal: PrincipalDep, session: ReadSessionDep
) -> RecordingRead:
    """One recording: how far it is and what it has cost."""
    return _read(session, _get(session, principal.project_id, import_id, recording_id))


@router.get("/recordings/{recording_id}/answers", response_class=StreamingResponse)
def list_answers(
    import_id: ImportId, recording_id: RecordingId, principal: PrincipalDep, resources: ResourcesDep
) -> StreamingResponse:
    """Every prompt with its answer, JSON Lines."""
    with resources.database.reading() as session:
        recording = _get(session, principal.project_id, import_id, recording_id)
    lines = _answers(resources.database, recording)
    return StreamingResponse(lines, media_type="application/jsonl")


@router.post("/recordings/{recording_id}/cancel")
def cancel_recording(
    import_id: ImportId, recording_id: RecordingId, principal: PrincipalDep, session: SessionDep, once: OnceDep
) -> RecordingRead:
    """Stop asking. Answers that are here stay; recording again asks only what is missing."""

    def cancel() -> RecordingRead:
        _get(session, principal.project_id, import_id, recording_id)
        return _read(session, service.cancel_recording(session, principal.project_id, recording_id))

    return once.answer(session, RecordingRead, cancel)


@router.post("/retrain")
def retrain_job(
    *,
    import_id: ImportId,
    body: RetrainCreate,
    principal: PrincipalDep,
    session: SessionDep,
    settings: SettingsDep,
    once: OnceDep,
) -> RetrainingRead:
    """Train an old job's data again on an open base. Asking again gives the same job."""

    def start() -> RetrainingRead:
        running = imports.lock_import(session, principal.project_id, import_id)
        return render_retraining(retrain(session, principal, running, body.to_request(), settings=settings))

    return once.answer(session, RetrainingRead, start)


@router.get("/report")
def retrieve_report(import_id: ImportId, principal: PrincipalDep, session: ReadSessionDep) -> ImportReport:
    """What is at risk and when, what is safe here, and old answers beside new ones."""
    running = imports.get_import(session, principal.project_id, import_id)
    return ImportReport(report=make_report(session, running, now=clock.now()))


@router.get("/report.html", response_class=HTMLResponse)
def show_report(import_id: ImportId, principal: PrincipalDep, session: ReadSessionDep) -> Response:
    """The same as a page that stands alone: nothing is loaded, no script runs."""
    running = imports.get_import(session, principal.project_id, import_id)
    return show_import_report(make_report(session, running, now=clock.now()))


def _get(session: Session, project_id: str, import_id: str, recording_id: str) -> Recording:
    recording = service.get_recording(session, project_id, recording_id)
    if recording.import_id != import_id:
        raise RecordingNotFoundError(recording_id)
    return recording


def _read(session: Session, recording: Recording) -> RecordingRead:
    return render_recording(recording, service.count_answers(session, recording.project_id, recording.id))


def _answers(database: Database, recording: Recording) -> Iterator[bytes]:
    """Some rows a transaction, none of which is open while the caller reads."""
    after = -1
    while True:
        with database.reading() as session:
            rows = service.list_answers(session, recording.project_id, recording.id, after=after, limit=_ROWS)
        if not rows:
            return
        yield from record_lines(rows)
        after = rows[-1][0].position
