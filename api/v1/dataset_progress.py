"""How far the check of a file is, as a stream of events. No session is held while nothing happens."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import anyio
from anyio import to_thread
from fastapi import APIRouter, Depends
from fastapi.sse import EventSourceResponse, ServerSentEvent

from api.auth import PrincipalDep
from api.dependencies import ReadSessionDep, ResourcesDep
from api.v1.datasets import FileId, QuestionDep
from api.watching import PlaceDep
from shared.datasets.pipeline import asking
from shared.datasets.pipeline.document import render_standing
from shared.datasets.pipeline.question import AT_UPLOAD, Question
from shared.errors import NotFoundError
from shared.resources import Resources

router = APIRouter(prefix="/datasets", tags=["Datasets"])

_LOOK_SECONDS = 0.5
"""Between two looks at the rows: workers write once a second."""


class Watched:
    """A check that somebody watches, by what was asked; that it may be watched has been looked at."""

    def __init__(self, resources: Resources, project_id: str, file_id: str, question: Question) -> None:
        self._resources = resources
        self._asked = (project_id, file_id, question)

    def look(self) -> dict[str, Any] | None:
        """How far it is; None once it is gone."""
        try:
            with self._resources.database.reading() as session:
                return render_standing(asking.get_standing(session, *self._asked))
        except NotFoundError:
            return None


def _watch(
    file_id: FileId,
    principal: PrincipalDep,
    session: ReadSessionDep,
    resources: ResourcesDep,
    question: QuestionDep,
    _place: PlaceDep,
) -> Watched:
    # Asked for before the answer begins: afterwards there is no status left to refuse with.
    asking.get_standing(session, principal.project_id, file_id, question or AT_UPLOAD)
    return Watched(resources, principal.project_id, file_id, question or AT_UPLOAD)


@router.get("/{file_id}/progress", response_class=EventSourceResponse)
async def watch_progress(watched: Annotated[Watched, Depends(_watch)]) -> AsyncIterator[ServerSentEvent]:
    """An event for each change, from how it stands now to how it ends. Whoever is cut off asks again."""
    told = None
    while (standing := await to_thread.run_sync(watched.look)) is not None:
        if standing != told:
            told = standing
            yield ServerSentEvent(event="progress", data=standing)
        if standing["state"] in asking.ENDED:
            return
        await anyio.sleep(_LOOK_SECONDS)
