"""`python -m tests.faults.dying_worker`: the data worker as it is, but for one file that kills whoever reads it."""

import os
import signal

from shared.files import service as files
from shared.settings import load_settings
from shared.tasks import Queue, Work
from worker.app import HANDLERS
from worker.run import run_worker
from worker.task import Handler
from worker.unit import WorkUnit

POISON = "poison.jsonl"


def process_file(unit: WorkUnit) -> None:
    """Die, or do what the real one does."""
    with unit.database.reading() as session:
        file = files.find_file(session, unit.project_id, unit.subject_id)
    if file is not None and file.filename == POISON:
        os.kill(os.getpid(), signal.SIGKILL)
    HANDLERS[Work.PROCESS_FILE].run(unit)


if __name__ == "__main__":
    dying = Handler(run=process_file, give_up=HANDLERS[Work.PROCESS_FILE].give_up)
    run_worker(load_settings(), Queue.DATA, HANDLERS | {Work.PROCESS_FILE: dying})
