"""The Celery application of the workers: one task for each kind of work, resources opened after the fork."""

import os
from collections.abc import Callable
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_process_init, worker_process_shutdown

from shared.broker import celery_app
from shared.log import configure_logging
from shared.process import die_with_parent
from shared.resources import Resources, open_resources
from shared.settings import Settings, load_settings
from shared.tasks import Work
from worker import connections, jobs, training, webhooks
from worker.datasets import checks, intake, moderation, operations, verdicts
from worker.imports.step import IMPORT_STEP
from worker.providers.poll import POLL_CONNECTION
from worker.providers.submit import SUBMIT_JOB
from worker.providers.upload import UPLOAD_COPY
from worker.recordings.record import RECORD_ANSWERS
from worker.redis_transport import use_transport
from worker.task import Handler, perform

HANDLERS: dict[str, Handler] = {
    Work.WATCH_CONNECTION: connections.WATCH_CONNECTION,
    Work.PROCESS_FILE: intake.PROCESS_FILE,
    Work.JUDGE_UPLOADS: verdicts.JUDGE_UPLOADS,
    Work.CHECK_DATASET: checks.CHECK_DATASET,
    Work.CHECK_STRETCH: checks.CHECK_STRETCH,
    Work.MODERATE_CHECK: moderation.MODERATE_CHECK,
    Work.CONCLUDE_CHECK: checks.CONCLUDE_CHECK,
    Work.RUN_OPERATION: operations.RUN_OPERATION,
    Work.RESUME_OPERATION: operations.RUN_OPERATION,
    Work.VALIDATE_JOB: jobs.VALIDATE_JOB,
    Work.TRAIN_JOB: training.TRAIN_JOB,
    Work.DELIVER_WEBHOOK: webhooks.DELIVER_WEBHOOK,
    Work.IMPORT_STEP: IMPORT_STEP,
    Work.UPLOAD_COPY: UPLOAD_COPY,
    Work.SUBMIT_JOB: SUBMIT_JOB,
    Work.POLL_CONNECTION: POLL_CONNECTION,
    Work.RECORD_ANSWERS: RECORD_ANSWERS,
}


class ProcessResources:
    """The resources of this pool process, opened when first needed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open: Resources | None = None

    def get(self) -> Resources:
        if self._open is None:
            self._open = open_resources(self._settings)
        return self._open

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None


def create_worker_app(settings: Settings, handlers: dict[str, Handler]) -> Celery:
    """A Celery application with one task for each handler, named as its kind."""
    use_transport()
    app = celery_app(settings)
    resources = ProcessResources(settings)
    for kind, handler in handlers.items():
        options: dict[str, Any] = {"name": str(kind)}
        if handler.is_training:
            # Runs for hours: acknowledged early and without a limit. A message delivered twice finds nothing to claim.
            options |= {"acks_late": False, "soft_time_limit": None, "time_limit": None}
        elif handler.longest_seconds is not None:
            grace = app.conf.task_time_limit - app.conf.task_soft_time_limit
            options |= {
                "soft_time_limit": handler.longest_seconds,
                "time_limit": handler.longest_seconds + grace,
            }
        app.task(**options)(_task_function(resources, handler))
    # Weak receivers would vanish with this frame.
    setup_logging.connect(lambda **_: configure_logging(settings.log_level), weak=False)
    # Named here, before the fork: a child whose parent is already gone could no longer ask for it.
    main_pid = os.getpid()
    worker_process_init.connect(lambda **_: die_with_parent(main_pid), weak=False)
    worker_process_shutdown.connect(lambda **_: resources.close(), weak=False)
    return app


def _task_function(resources: ProcessResources, handler: Handler) -> Callable[[str], None]:
    def look_at(work_id: str) -> None:
        perform(resources.get(), handler, work_id)

    return look_at


def main_app() -> Celery:
    """The application `python -m worker` runs."""
    return create_worker_app(load_settings(), HANDLERS)
