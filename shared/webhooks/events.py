"""The event types there are, and the wire's form of an event. OpenAI's carry only ids: receivers fetch the rest."""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class EventType(StrEnum):
    JOB_SUCCEEDED = "fine_tuning.job.succeeded"
    JOB_FAILED = "fine_tuning.job.failed"
    JOB_CANCELLED = "fine_tuning.job.cancelled"
    MODEL_RETIRING = "model.retiring"
    "Ours: OpenAI has no event for it. `data` has the date besides the model's name."


def render_event(
    *, event_id: str, event_type: str, created_at: int, data_id: str, details: Mapping[str, Any] | None = None
) -> str:
    """The exact text that is stored, signed and sent. `details` stand in `data` beside the id."""
    return json.dumps(
        {
            "id": event_id,
            "object": "event",
            "created_at": created_at,
            "type": event_type,
            "data": {"id": data_id, **(details or {})},
        }
    )
