"""Taking inventory: each list of the upstream page by page, each page kept before the next one is asked for."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from shared.files.tables import Purpose
from shared.imports import progress, service
from shared.imports.found import Found, Page, checkpoints_on, files_on, jobs_on, last_days_on, models_on
from shared.imports.tables import ImportedObject, ObjectKind, ObjectState
from shared.providers.trouble import UpstreamTroubleError
from worker.imports.run import StepRun

MAX_OBJECTS = 200_000
"""Of one run: an upstream whose lists never end must not fill the database."""
MAX_CHECKPOINTS = 10_000
"""Of one job, the models that answer by their names included: a list without an end ends here."""
_MODELS, _FILES, _RESULTS, _JOBS, _CHECKPOINTS = "models", "files", "results", "jobs", "checkpoints"
_PURPOSES = {_FILES: str(Purpose.FINE_TUNE), _RESULTS: str(Purpose.FINE_TUNE_RESULTS)}
_LACKING = {403, 404, 405, 501}
"""How an upstream says that it has no such list: nothing is found there, and the rest goes on."""


class TooMuchError(Exception):
    """More than an import may hold."""


@dataclass(frozen=True)
class Cursor:
    """How far the inventory has come. Kept in the step's row."""

    lists: tuple[str, ...]
    "Those that are still to be read, the current one first."
    after: str | None = None
    first: str | None = None
    "The first id of the page before: an upstream that repeats it does not know `after`."
    job: str | None = None
    "The row of the job whose checkpoints were read last."
    seen: int = 0

    @classmethod
    def of(cls, run: StepRun) -> "Cursor":
        kept = dict(run.step.cursor)
        if not kept:
            return cls(_lists_for(run.step.kinds))
        return cls(**(kept | {"lists": tuple(kept["lists"])}))

    def to_next_list(self) -> "Cursor":
        return Cursor(self.lists[1:], seen=self.seen)


def take_inventory(run: StepRun) -> bool:
    """Go on with the inventory while there is time; whether it is whole. Raises TooMuchError."""
    cursor = Cursor.of(run)
    while cursor.lists:
        if not run.has_time:
            return False
        cursor = _read_checkpoints(run, cursor) if cursor.lists[0] == _CHECKPOINTS else _read_page(run, cursor)
        if cursor.seen > MAX_OBJECTS:
            raise TooMuchError
    return True


def _lists_for(kinds: list[str]) -> tuple[str, ...]:
    wanted = [_MODELS]
    if ObjectKind.FILE in kinds:
        wanted += [_FILES, _RESULTS]
    if ObjectKind.JOB in kinds or ObjectKind.MODEL in kinds:
        wanted += [_JOBS, _CHECKPOINTS]
    return tuple(wanted)


def _read_page(run: StepRun, cursor: Cursor) -> Cursor:
    """Ask for one page of the current list and keep it together with the new cursor."""
    name = cursor.lists[0]
    try:
        page = _ask(run, name, cursor.after)
    except UpstreamTroubleError as trouble:
        if name == _JOBS or trouble.status not in _LACKING:
            raise
        page = Page([], None)
    is_repeated = page.first_id is not None and page.first_id == cursor.first
    found = [] if is_repeated else list(_found_on(name, page))
    following = cursor.to_next_list()
    if page.next_after is not None and not is_repeated and name != _MODELS:
        following = replace(cursor, after=page.next_after, first=page.first_id)
    following = replace(following, seen=cursor.seen + len(found))
    with run.unit.progressing() as session:
        progress.note_found(session, run.step, found)
        if name == _MODELS:
            progress.note_last_days(session, run.step, last_days_on(page))
        progress.move_on(session, run.step, _plain(following))
    return following


def _ask(run: StepRun, name: str, after: str | None) -> Page:
    if name == _MODELS:
        return run.source.models()
    if name == _JOBS:
        return run.source.jobs(after=after)
    return run.source.files(purpose=_PURPOSES[name], after=after)


def _found_on(name: str, page: Page) -> Iterator[Found]:
    readers = {_MODELS: models_on, _JOBS: jobs_on}
    yield from readers.get(name, files_on)(page)


def _read_checkpoints(run: StepRun, cursor: Cursor) -> Cursor:
    """Read the checkpoints of the next job, all pages at once: a job has few."""
    job = _next_job(run, cursor.job)
    found = _checkpoints_of(run, job.upstream_id) if job is not None and _may_have_some(job) else []
    following = cursor.to_next_list() if job is None else replace(cursor, job=job.id, seen=cursor.seen + len(found))
    with run.unit.progressing() as session:
        progress.note_found(session, run.step, found)
        progress.move_on(session, run.step, _plain(following))
    return following


def _next_job(run: StepRun, after: str | None) -> ImportedObject | None:
    with run.unit.database.reading() as session:
        jobs = service.list_objects(
            session, run.project_id, run.import_id, after=after, limit=1, kind=ObjectKind.JOB, state=ObjectState.FOUND
        )
    return jobs[0] if jobs else None


def _may_have_some(job: ImportedObject) -> bool:
    return job.document.get("status") in {"succeeded", "cancelled", "canceled"}


def _checkpoints_of(run: StepRun, job_id: str) -> list[Found]:
    found: list[Found] = []
    after: str | None = None
    first: str | None = None
    while len(found) < MAX_CHECKPOINTS:
        try:
            page = run.source.checkpoints(job_id, after=after)
        except UpstreamTroubleError as trouble:
            if trouble.status in _LACKING:
                return found
            raise
        if page.first_id is None or page.first_id == first:
            return found
        found += checkpoints_on(page, job_id=job_id)
        if page.next_after is None:
            return found
        after, first = page.next_after, page.first_id
        run.unit.keep_alive()
    return found


def _plain(cursor: Cursor) -> dict[str, Any]:
    return asdict(cursor) | {"lists": list(cursor.lists)}
