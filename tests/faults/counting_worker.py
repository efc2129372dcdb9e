"""`python -m tests.faults.counting_worker`: a real worker for kinds of work whose effects can be counted."""

import time
from pathlib import Path

from sqlmodel import Session

from shared.outbox.add import add_work
from shared.outbox.claim import Claim
from shared.settings import Settings, load_settings
from shared.tasks import Queue
from tests.faults.effects import leave_effect
from tests.fixtures.waiting import wait_until
from worker.run import run_worker
from worker.task import Handler
from worker.unit import WorkUnit

COUNT = "tests.count"
"Leaves its row."
SPREAD = "tests.spread"
"Leaves its row after a while, and asks for a follower: work that is announced by processes that may die at that."
HOLD = "tests.hold"
"Leaves its row once it is released."
FOLLOWER = "-follower"
_UNIT_SECONDS = 0.01
"Real work mostly waits for something; and a kill should often find units that are claimed and not finished."


def add_counted(session: Session, kind: str, *, project_id: str, subject_id: str) -> None:
    add_work(session, kind=kind, queue=Queue.DATA, project_id=project_id, subject_id=subject_id)


def held_file(settings: Settings, subject_id: str) -> Path:
    """Appears once a unit that holds is under way, with no transaction open."""
    return settings.data_dir / f"{subject_id}.held"


def release_file(settings: Settings) -> Path:
    """What units that hold wait for."""
    return settings.data_dir / "release"


def count(unit: WorkUnit) -> None:
    with unit.finishing() as session:
        leave_effect(session, unit.subject_id)


def spread(unit: WorkUnit) -> None:
    time.sleep(_UNIT_SECONDS)
    with unit.finishing() as session:
        leave_effect(session, unit.subject_id)
        if not unit.subject_id.endswith(FOLLOWER):
            add_counted(session, SPREAD, project_id=unit.project_id, subject_id=f"{unit.subject_id}{FOLLOWER}")


def hold(unit: WorkUnit) -> None:
    held_file(unit.settings, unit.subject_id).touch()
    wait_until(release_file(unit.settings).exists, timeout=60, what="the unit is released")
    with unit.finishing() as session:
        leave_effect(session, unit.subject_id)


def _say_nothing(session: Session, claim: Claim, reason: str) -> None:
    """A unit given up is seen by its state."""


HANDLERS = {
    kind: Handler(run=run, give_up=_say_nothing) for kind, run in {COUNT: count, SPREAD: spread, HOLD: hold}.items()
}

if __name__ == "__main__":
    run_worker(load_settings(), Queue.DATA, HANDLERS)
