"""`python -m tests.faults.counting_worker`: a real worker for kinds of work whose effects can be counted.

Their table has no unique constraint: an effect that happened twice is seen, not refused. Every unit of the first kind
asks for one of its followers, so half of all work is announced by processes that may die before they ring the bell.
"""

import time
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session

from shared.outbox.add import add_work
from shared.outbox.claim import Claim
from shared.settings import Settings, load_settings
from shared.tasks import Queue
from tests.fixtures.waiting import wait_until
from worker.run import run_worker
from worker.task import Handler
from worker.unit import WorkUnit

COUNT = "tests.count"
HOLD = "tests.hold"
FOLLOWER = "-follower"
_UNIT_SECONDS = 0.01
"Real work mostly waits for something; and a kill should often find units that are claimed and not finished."


def add_count(session: Session, project_id: str, subject_id: str, *, kind: str = COUNT) -> None:
    add_work(session, kind=kind, queue=Queue.DATA, project_id=project_id, subject_id=subject_id)


def held_file(settings: Settings) -> Path:
    """Appears once a unit of the second kind is under way, with no transaction open."""
    return settings.data_dir / "held"


def release_file(settings: Settings) -> Path:
    """What units of the second kind wait for."""
    return settings.data_dir / "release"


def count(unit: WorkUnit) -> None:
    """Leave one row, and ask for a follower unless this is one."""
    time.sleep(_UNIT_SECONDS)
    with unit.finishing() as session:
        _leave_effect(session, unit.subject_id)
        if not unit.subject_id.endswith(FOLLOWER):
            add_count(session, unit.project_id, f"{unit.subject_id}{FOLLOWER}")


def hold(unit: WorkUnit) -> None:
    """Leave one row once released, however long that takes."""
    held_file(unit.settings).touch()
    wait_until(release_file(unit.settings).exists, timeout=60, what="the unit is released")
    with unit.finishing() as session:
        _leave_effect(session, unit.subject_id)


def _leave_effect(session: Session, subject_id: str) -> None:
    session.execute(text("INSERT INTO effects (subject_id) VALUES (:subject_id)"), {"subject_id": subject_id})


def _say_nothing(session: Session, claim: Claim, reason: str) -> None:
    """A unit given up is seen by its state."""


if __name__ == "__main__":
    kinds = {COUNT: count, HOLD: hold}
    run_worker(
        load_settings(), Queue.DATA, {kind: Handler(run=run, give_up=_say_nothing) for kind, run in kinds.items()}
    )
