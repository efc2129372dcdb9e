"""Having the rows of a check moderated, on the queue of what waits for providers: in short turns, one for a project.

A turn that is killed is taken again alone: what earlier ones have brought is in rows, and is not sent again. The key of
the connection is opened for the one process that asks, and travels nowhere.
"""

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress

import structlog
from sqlmodel import Session

from shared import clock
from shared.connections.kinds import ConnectionState
from shared.datasets.moderation import Judge
from shared.datasets.pipeline import moderated
from shared.datasets.pipeline import service as checks
from shared.datasets.pipeline.judging import TURN_SECONDS, Asking, take_turn
from shared.datasets.pipeline.reading import Reading
from shared.datasets.pipeline.tables import CheckState, DatasetCheck
from shared.errors import ServiceError
from shared.outbox.busy import is_another_running
from shared.outbox.claim import Claim
from shared.providers.moderation import MOST_BYTES, Moderator
from shared.providers.trouble import TroubleKind, UpstreamTroubleError
from worker.datasets.checks import begin_unit, fail_for_good
from worker.heartbeat import Heartbeat
from worker.providers.wire import open_connection
from worker.task import Handler
from worker.unit import WorkUnit

log = structlog.get_logger(__name__)

_REQUEST_SECONDS = 60.0
"""Of the last request of a turn, in which a process is held at most."""

_PAUSE_IN_PLACE_SECONDS = 2.0
"""Between two tries; a longer one gives the process to others."""

_BUSY_SECONDS = (2.0, 8.0)
"""Until a unit looks again whether its project's turn is free, by lot: a project may have very many jobs waiting."""

_GONE = "The connection was deleted, or its key cannot be opened any more."
_REVOKED = "The provider refused the key of the connection."


def moderate_check(unit: WorkUnit) -> None:
    """Take one turn at the rows of a check that has been read; after the last one it is concluded."""
    with unit.database.reading() as session:
        is_busy = is_another_running(session, unit.claim)
    if is_busy:
        with unit.deferring(due_at=clock.now() + random.uniform(*_BUSY_SECONDS), blameless=True):
            return
    begun = begin_unit(unit, unit.subject_id, CheckState.RUNNING, prepares_base=False)
    if begun is None:
        return
    check, reading = begun
    ends_at = time.monotonic() + TURN_SECONDS
    with Heartbeat(unit) as heartbeat, _open_judge(unit, str(check.moderation)) as judge:
        _take_turns(unit, check, reading, Asking(judge, ends_at, heartbeat.check))


def _take_turns(unit: WorkUnit, check: DatasetCheck, reading: Reading, asking: Asking) -> None:
    """One at each stretch, until the time is over for all of them."""
    while True:
        with unit.database.reading() as session:
            stretch = moderated.find_stretch_to_judge(session, check)
        if stretch is None:
            with unit.finishing() as session:
                moderated.ask_for_conclusion(session, check)
            return
        turns, pause_seconds = take_turn(reading, checks.part_of(stretch), moderated.turns_of(stretch), asking)
        if pause_seconds is not None:
            # Due at once, it still comes after what has waited for a process meanwhile.
            with unit.deferring(due_at=clock.now() + pause_seconds, blameless=True) as session:
                moderated.note_turn(session, stretch, turns, is_last=False)
            return
        with unit.progressing() as session:
            moderated.note_turn(session, stretch, turns, is_last=True)


@contextmanager
def _open_judge(unit: WorkUnit, connection_id: str) -> Iterator[Judge]:
    """A connection that cannot be asked any more leaves rows without a judgement, and never fails the check.

    A refused key is not noted on the connection: some are good for jobs and not for moderation.
    """
    within_seconds = TURN_SECONDS + _REQUEST_SECONDS
    opening = open_connection(
        unit, unit.project_id, connection_id, within_seconds=within_seconds, most_bytes=MOST_BYTES
    )
    opened = None
    with ExitStack() as stack:
        with suppress(ServiceError):
            opened = stack.enter_context(opening)
        if opened is None or opened.state == ConnectionState.REVOKED:
            yield _Nobody(_GONE if opened is None else _REVOKED)
        else:
            moderator = Moderator(
                opened.client,
                opened.pacer,
                within_seconds=TURN_SECONDS,
                longest_pause_seconds=_PAUSE_IN_PLACE_SECONDS,
            )
            yield _Logged(moderator, connection_id)


class _Logged:
    """A judge whose troubles are in the log, without a word of the texts."""

    def __init__(self, judge: Judge, connection_id: str) -> None:
        self._judge = judge
        self._connection_id = connection_id

    def judge(self, texts: Sequence[str], *, n_tried: int = 0) -> list[tuple[str, ...]]:
        try:
            return self._judge.judge(texts, n_tried=n_tried)
        except UpstreamTroubleError as trouble:
            told = {"kind": trouble.kind, "status": trouble.status}
            log.warning("moderation.failed", connection=self._connection_id, n_rows=len(texts), **told)
            raise


class _Nobody:
    """Stands for a service that cannot be asked until somebody does something about it."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def judge(self, _texts: Sequence[str], *, n_tried: int = 0) -> list[tuple[str, ...]]:  # noqa: ARG002 - a Judge's
        raise UpstreamTroubleError(TroubleKind.KEY_REFUSED, self._reason)


def _give_up(session: Session, claim: Claim, _reason: str) -> None:
    fail_for_good(session, claim, check_id=claim.subject_id)


MODERATE_CHECK = Handler(run=moderate_check, give_up=_give_up, longest_seconds=300.0)
