"""Our own engine as a provider: training is a unit of work of this service."""

from sqlmodel import Session

from shared.jobs.states import JobStatus
from shared.jobs.tables import Job
from shared.outbox.add import wake_work, withdraw_work
from shared.tasks import Work


class EngineProvider:
    """Implements Provider."""

    def submit(self, session: Session, job: Job) -> None:
        wake_work(session, kind=Work.TRAIN_JOB, project_id=job.project_id, subject_id=job.id)

    def cancel(self, session: Session, job: Job) -> bool:
        """A supervisor that is training finds its claim gone within a heartbeat and stops; checkpoints stay."""
        withdraw_work(session, kind=Work.TRAIN_JOB, project_id=job.project_id, subject_id=job.id)
        return True

    def pause(self, session: Session, job: Job) -> bool:
        """A job in training is asked to stop at its next step with a state to go on from; one that waits just stops."""
        if job.status == JobStatus.RUNNING:
            job.pause_wanted = True
            return False
        withdraw_work(session, kind=Work.TRAIN_JOB, project_id=job.project_id, subject_id=job.id)
        return True

    def resume(self, session: Session, job: Job) -> bool:
        self.submit(session, job)
        return True
