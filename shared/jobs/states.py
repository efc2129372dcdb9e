"""The only place that knows which state of a job may follow which. Knows no table."""

from enum import StrEnum

from shared.errors import InvalidInputError


class JobStatus(StrEnum):
    VALIDATING_FILES = "validating_files"
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


_NEXT: dict[JobStatus, frozenset[JobStatus]] = {
    JobStatus.VALIDATING_FILES: frozenset({JobStatus.QUEUED, JobStatus.FAILED, JobStatus.CANCELLED}),
    JobStatus.QUEUED: frozenset({JobStatus.RUNNING, JobStatus.PAUSED, JobStatus.FAILED, JobStatus.CANCELLED}),
    JobStatus.RUNNING: frozenset({JobStatus.SUCCEEDED, JobStatus.PAUSED, JobStatus.FAILED, JobStatus.CANCELLED}),
    JobStatus.PAUSED: frozenset({JobStatus.QUEUED, JobStatus.CANCELLED}),
    JobStatus.SUCCEEDED: frozenset(),
    JobStatus.FAILED: frozenset(),
    JobStatus.CANCELLED: frozenset(),
}
TERMINAL = frozenset(status for status, following in _NEXT.items() if not following)


class JobStateError(InvalidInputError):
    """400, not 409: clients of the wire repeat a 409 by themselves."""

    code = "invalid_job_state"


def require_transition(job_id: str, current: str, wanted: JobStatus) -> None:
    """Raise JobStateError unless a job in `current` may become `wanted`."""
    if wanted not in _NEXT[JobStatus(current)]:
        raise JobStateError(f"Job {job_id} is {current}: it can no longer become {wanted}.")


def is_terminal(status: str) -> bool:
    return JobStatus(status) in TERMINAL
