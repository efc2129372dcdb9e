"""Files follow the project's policies: after a change, each upload that was checked before is judged anew."""

from sqlmodel import Session

from shared import clock
from shared.datasets.pipeline.policies import find_edition
from shared.datasets.pipeline.uploads import settle_uploads_behind
from shared.outbox.claim import Claim, finish_claim
from worker.task import Handler
from worker.unit import WorkUnit


def judge_uploads(unit: WorkUnit) -> None:
    """Judge all uploads of a project. Reports are read and files are not, so thousands take seconds."""
    with unit.database.reading() as session:
        begun_with = find_edition(session, unit.project_id)
    last: str | None = ""
    while last is not None:
        with unit.progressing() as session:
            last = settle_uploads_behind(session, unit.project_id, last)
    with unit.settling() as session:
        # A change in between found this unit running and left it alone.
        if find_edition(session, unit.project_id) == begun_with:
            finish_claim(session, unit.claim)
        else:
            unit.wait_until(session, clock.now())


def _give_up(_session: Session, _claim: Claim, _reason: str) -> None:
    """Files keep the status that they have; jobs are judged by the policies all the same."""


JUDGE_UPLOADS = Handler(run=judge_uploads, give_up=_give_up, longest_seconds=900.0)
