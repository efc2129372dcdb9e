"""The event types there are, and the wire's form of an event. The body carries only ids: receivers fetch the rest."""

import json
from enum import StrEnum


class EventType(StrEnum):
    JOB_SUCCEEDED = "fine_tuning.job.succeeded"
    JOB_FAILED = "fine_tuning.job.failed"
    JOB_CANCELLED = "fine_tuning.job.cancelled"


def render_event(*, event_id: str, event_type: str, created_at: int, data_id: str) -> str:
    """The exact text that is stored, signed and sent."""
    return json.dumps(
        {
            "id": event_id,
            "object": "event",
            "created_at": created_at,
            "type": event_type,
            "data": {"id": data_id},
        }
    )
