"""Whether a project has the files of its jobs moderated, and by whom. Off unless a project says so: texts go out.

Read when a job is validated: jobs that wait for their validation follow a change.
"""

from sqlmodel import Session

from shared import clock
from shared.connections.moderating import require_moderation
from shared.datasets.pipeline import repository


def get_moderation(session: Session, project_id: str) -> str | None:
    """The id of the connection; None where jobs are not moderated."""
    return repository.find_moderation(session, project_id)


def set_moderation(session: Session, project_id: str, connection: str | None) -> str | None:
    """Choose by id or name, or have none with None; the id. Raises what require_moderation raises."""
    chosen = None if connection is None else require_moderation(session, project_id, connection, param="connection")
    connection_id = None if chosen is None else chosen.id
    repository.save_moderation(session, project_id, connection_id, now=clock.now_seconds())
    return connection_id
