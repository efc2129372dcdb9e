"""How a job reaches whoever trains it, as the jobs domain sees it: what a request may ask for, in its transaction.

Watching is not part of it. The engine tells its supervisor what happens, an upstream has to be asked (watching.py);
either way the same functions of jobs/progress.py write it down.
"""

from typing import Protocol

from sqlmodel import Session

from shared.jobs.tables import Job


class Provider(Protocol):
    """Every method joins the caller's transaction, asks nobody, and expects the job's row to be locked."""

    def submit(self, session: Session, job: Job) -> None:
        """See to it that a validated job gets trained, once."""

    def cancel(self, session: Session, job: Job) -> bool:
        """Stop it. True: nobody trains it from now on. False: somebody else has to be asked, whose word is the last."""

    def pause(self, session: Session, job: Job) -> bool:
        """Stop it so that it can go on. True: it stands still now. Raises JobStateError for what cannot be paused."""

    def resume(self, session: Session, job: Job) -> bool:
        """Let a paused job go on. True: it is queued now."""
