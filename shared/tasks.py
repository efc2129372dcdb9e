"""Names of queues and kinds of work, and the doorbell that rings workers by name. Never imports worker.

A Celery message carries the id of a work row and only says "look now": it may be lost, doubled or late.
"""

import queue
import threading
from contextlib import suppress
from enum import StrEnum

import structlog
from celery import Celery

from shared.broker import celery_app
from shared.db.session import Hint
from shared.settings import Settings

log = structlog.get_logger(__name__)

_WAITING_HINTS = 10_000


class Queue(StrEnum):
    DATA = "data"
    PROVIDER = "provider"
    TRAIN = "train"
    NOTIFY = "notify"


class Work(StrEnum):
    """Every kind of work; the value is the Celery task's name."""

    WATCH_CONNECTION = "connections.watch"
    PROCESS_FILE = "files.process"
    JUDGE_UPLOADS = "datasets.judge_uploads"
    CHECK_DATASET = "datasets.check"
    CHECK_STRETCH = "datasets.check_stretch"
    MODERATE_CHECK = "datasets.moderate_check"
    CONCLUDE_CHECK = "datasets.conclude_check"
    RUN_OPERATION = "datasets.operate"
    RESUME_OPERATION = "datasets.resume"
    VALIDATE_JOB = "jobs.validate"
    TRAIN_JOB = "jobs.train"
    DELIVER_WEBHOOK = "webhooks.deliver"
    IMPORT_STEP = "imports.step"
    RECORD_ANSWERS = "recordings.record"
    UPLOAD_COPY = "provider.upload"
    SUBMIT_JOB = "provider.submit"
    POLL_CONNECTION = "provider.poll"


_QUEUES = {
    Work.WATCH_CONNECTION: Queue.PROVIDER,
    Work.PROCESS_FILE: Queue.DATA,
    Work.JUDGE_UPLOADS: Queue.DATA,
    Work.CHECK_DATASET: Queue.DATA,
    Work.CHECK_STRETCH: Queue.DATA,
    Work.MODERATE_CHECK: Queue.PROVIDER,
    Work.CONCLUDE_CHECK: Queue.DATA,
    Work.RUN_OPERATION: Queue.DATA,
    Work.RESUME_OPERATION: Queue.DATA,
    Work.VALIDATE_JOB: Queue.DATA,
    Work.TRAIN_JOB: Queue.TRAIN,
    Work.DELIVER_WEBHOOK: Queue.NOTIFY,
    Work.IMPORT_STEP: Queue.PROVIDER,
    Work.RECORD_ANSWERS: Queue.PROVIDER,
    Work.UPLOAD_COPY: Queue.PROVIDER,
    Work.SUBMIT_JOB: Queue.PROVIDER,
    Work.POLL_CONNECTION: Queue.PROVIDER,
}


def queue_of(kind: Work | str) -> Queue:
    """The queue a kind of work runs on."""
    return _QUEUES[Work(kind)]


def send_hint(app: Celery, hint: Hint) -> None:
    """Publish one hint. Raises kombu.exceptions.OperationalError when the broker is away."""
    app.send_task(hint.kind, args=[hint.work_id], queue=hint.queue, retry=False, ignore_result=True)


class Doorbell:
    """Sends hints from a thread of its own, so that a dead broker never delays a request.

    Whatever it fails to send, the scheduler announces within its next rounds.
    """

    def __init__(self, settings: Settings) -> None:
        self._app = celery_app(settings)
        self._waiting: queue.Queue[Hint | None] = queue.Queue(_WAITING_HINTS)
        self._thread = threading.Thread(target=self._send_all, daemon=True, name="doorbell")
        self._thread.start()

    def ring(self, hints: list[Hint]) -> None:
        """Queue hints for sending; drops them when the broker has been away for long."""
        for hint in hints:
            try:
                self._waiting.put_nowait(hint)
            except queue.Full:
                return

    def close(self) -> None:
        """Send what waits, for a moment at most: what stays behind is announced by the scheduler."""
        with suppress(queue.Full):
            self._waiting.put(None, timeout=1)
        self._thread.join(timeout=2)
        self._app.close()

    def _send_all(self) -> None:
        while (hint := self._waiting.get()) is not None:
            try:
                send_hint(self._app, hint)
            except Exception as error:  # noqa: BLE001  whatever is wrong with the broker, the row is still there
                log.warning("hint.not_sent", queue=hint.queue, kind=hint.kind, error=type(error).__name__)
