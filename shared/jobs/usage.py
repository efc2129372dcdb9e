"""What other domains may ask about jobs without knowing how jobs work."""

from sqlmodel import Session

from shared.errors import InvalidInputError
from shared.jobs import repository
from shared.jobs.tables import Job


class FileInUseError(InvalidInputError):
    """400, not 409: clients of the wire repeat a 409 by themselves."""

    code = "file_in_use"


def jobs_that_need_file(session: Session, project_id: str, file_id: str) -> list[Job]:
    """Unfinished jobs that train on a file or validate with it; a few of them are enough to say why."""
    return repository.list_unfinished_jobs_of_file(session, project_id, file_id)


def require_file_unused(session: Session, project_id: str, file_id: str) -> None:
    """Raise FileInUseError while an unfinished job needs the file."""
    users = jobs_that_need_file(session, project_id, file_id)
    if users:
        raise FileInUseError(
            f"File {file_id} is needed by {users[0].id}, which is {users[0].status}. "
            "Cancel the job or wait until it has finished.",
            param="file_id",
        )
