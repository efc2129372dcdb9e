"""The Celery application: which limits the tasks of each kind have."""

import pytest

from shared.settings import Settings
from shared.tasks import Work
from tests.fixtures.settings import on_sqlite
from worker.app import HANDLERS, create_worker_app

BYTES_A_SECOND = 10 << 20
"A fifth of what one free core checks."


@on_sqlite
class TestTimeLimits:
    @pytest.mark.parametrize("kind", [Work.CHECK_DATASET, Work.CHECK_STRETCH, Work.CONCLUDE_CHECK, Work.VALIDATE_JOB])
    def test_check_of_the_largest_file(self, settings: Settings, kind: Work) -> None:
        """A file of the largest size can be checked within its task's limit, on a slow machine too."""
        task = create_worker_app(settings, HANDLERS).tasks[kind]

        assert task.soft_time_limit > settings.max_upload_bytes / BYTES_A_SECOND
        assert task.time_limit > task.soft_time_limit
