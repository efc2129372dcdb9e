"""What judges the rows of a check: the moderation of one of the project's connections, open while a stretch is read.

The key is opened here, for the one process that reads, and travels nowhere.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress

import structlog

from shared.connections.kinds import ConnectionState
from shared.datasets.moderation import UpstreamModeration
from shared.datasets.whole.moderated import Moderate, NotJudgedError
from shared.errors import ServiceError
from shared.providers.moderation import MOST_BYTES, MOST_SECONDS, Moderator
from worker.providers.wire import open_connection
from worker.unit import WorkUnit

log = structlog.get_logger(__name__)

_GONE = "The connection was deleted, or its key cannot be opened any more."
_REVOKED = "The provider refused the key of the connection."


@contextmanager
def open_moderation(unit: WorkUnit, connection_id: str) -> Iterator[Moderate]:
    """A connection that cannot be asked any more leaves rows without a judgement, and never fails the check.

    A refused key is not noted on the connection: some are good for jobs and not for moderation.
    """
    opening = open_connection(unit, unit.project_id, connection_id, within_seconds=MOST_SECONDS, most_bytes=MOST_BYTES)
    opened = None
    with ExitStack() as stack:
        with suppress(ServiceError):
            opened = stack.enter_context(opening)
        if opened is None or opened.state == ConnectionState.REVOKED:
            yield _never(_GONE if opened is None else _REVOKED)
        else:
            yield _logged(UpstreamModeration(Moderator(opened.client, opened.pacer)), connection_id)


def _logged(moderate: Moderate, connection_id: str) -> Moderate:
    def judge(texts: Sequence[str]) -> Sequence[Sequence[str]]:
        try:
            return moderate(texts)
        except NotJudgedError as error:
            log.warning("moderation.failed", connection=connection_id, n_rows=len(texts), reason=error.reason)
            raise

    return judge


def _never(reason: str) -> Moderate:
    def refuse(_texts: Sequence[str]) -> Sequence[Sequence[str]]:
        raise NotJudgedError(reason, is_final=True, may_pass=True)

    return refuse
