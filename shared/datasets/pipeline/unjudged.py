"""Answers without the judgement that was asked for, because the moderation service failed. They need not last.

Rows that the service refused, or that were too many for it, would come out the same: for those no text is sent again.
"""

from sqlmodel import Session

from shared import clock
from shared.connections.moderating import require_moderation
from shared.datasets.pipeline.tables import CheckState, DatasetCheck
from shared.errors import ServiceError

LASTS_SECONDS = 300
"""A service that is down is not asked more often than this, however often somebody looks at the report."""


def can_be_judged_now(session: Session, check: DatasetCheck) -> bool:
    """Whether asking the service again may help."""
    if check.moderation is None or not was_left_unjudged(check):
        return False
    if (check.finished_at or 0) + LASTS_SECONDS > clock.now_seconds():
        return False
    try:
        require_moderation(session, check.project_id, check.moderation)
    except ServiceError:
        return False
    return True


def was_left_unjudged(check: DatasetCheck) -> bool:
    """Whether the answer lacks judgements that may be had later."""
    if check.state != CheckState.SUCCEEDED or check.moderation is None:
        return False
    report = check.report or {}
    files = (report, report.get("validation", {}))
    return any(file.get("facts", {}).get("moderation", {}).get("may_pass") for file in files)
