"""Telling projects that a model they use goes away, 90, 30, 7 and 1 days before it does, once each."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlmodel import Session

from shared import clock
from shared.clock import DAY_SECONDS
from shared.connections.service import told_shutdown_dates
from shared.connections.tables import Connection
from shared.jobs import service as jobs
from shared.models import service as models
from shared.retiring.dates import last_day_of
from shared.usage import service as usage
from shared.webhooks import service as webhooks
from shared.webhooks.events import EventType

THRESHOLDS_DAYS = (90, 30, 7, 1)
_RECENT_DAYS = 30
"A model that was asked within these days is in use."


@dataclass(frozen=True)
class ModelInUse:
    """A model that a project uses: under the name it knows, and under the provider's."""

    project_id: str
    name: str
    upstream_name: str


def tell_of_retiring(session: Session, connection: Connection) -> int:
    """Write an event down for every model in use at a connection that has come to a threshold; how many have."""
    today = datetime.fromtimestamp(clock.now(), UTC).date()
    told = told_shutdown_dates(connection)
    due = 0
    for used in _models_in_use_system(session, connection.id):
        last = last_day_of(connection.kind, used.upstream_name, told)
        threshold = due_threshold(last.day, today) if last is not None else None
        if last is not None and threshold is not None:
            _tell(session, used, connection, day=last.day, days_left=last.days_left(today), threshold=threshold)
            due += 1
    return due


def due_threshold(day: date, today: date) -> int | None:
    """The nearest threshold that has been reached; None before the first and after the end.

    A model that is first seen 20 days before its end is told of once, not for 90 and for 30.
    """
    days_left = (day - today).days
    if days_left < 0:
        return None
    return min((threshold for threshold in THRESHOLDS_DAYS if days_left <= threshold), default=None)


def _models_in_use_system(session: Session, connection_id: str) -> Iterable[ModelInUse]:
    """Tuned models that are kept, models of jobs under way, and models asked of late; each once."""
    tuned = {
        (row.project_id, row.name): row.upstream_name or row.base
        for row in models.list_of_connection_system(session, connection_id)
    }
    since = clock.now_seconds() - _RECENT_DAYS * DAY_SECONDS
    others = {
        *jobs.models_in_training_system(session, connection_id),
        *usage.models_used_system(session, connection_id, since=since),
    }
    yield from (ModelInUse(project_id, name, upstream) for (project_id, name), upstream in tuned.items())
    yield from (ModelInUse(project_id, name, name) for project_id, name in others if (project_id, name) not in tuned)


def _tell(
    session: Session, used: ModelInUse, connection: Connection, *, day: date, days_left: int, threshold: int
) -> None:
    named = hashlib.sha256(f"{used.project_id}\n{used.name}".encode()).hexdigest()[:40]
    details = {
        "shutdown_date": day.isoformat(),
        "days_left": days_left,
        "threshold_days": threshold,
        "connection_id": connection.id,
    }
    webhooks.tell(
        session,
        used.project_id,
        event_type=EventType.MODEL_RETIRING,
        data_id=used.name,
        details=details,
        dedupe_key=f"{EventType.MODEL_RETIRING}:{named}:{threshold}",
    )
