"""Turns in which the rows of a stretch are put to a moderation, whatever time it takes and however often it pauses."""

import time
from collections.abc import Sequence

import msgspec
import pytest

from shared.datasets.pipeline.judging import MOST_SECONDS, Asking, Turns, take_turn
from shared.datasets.pipeline.question import Question
from shared.datasets.pipeline.reading import Part, Reading
from shared.datasets.pipeline.tables import Role
from shared.files.tables import File
from shared.providers.moderation import PauseNeededError
from shared.resources import Resources
from tests.api.datasets import chat_row, jsonl
from tests.fixtures.settings import on_sqlite

pytestmark = on_sqlite

N_ROWS = 100


class Judge:
    """Flags nothing, notes what it is shown, and needs a pause before each request numbered in `pauses`."""

    def __init__(self, *pauses: int) -> None:
        self.shown: list[str] = []
        self.tries: list[int] = []
        self._pauses = set(pauses)

    def judge(self, texts: Sequence[str], *, n_tried: int = 0) -> list[tuple[str, ...]]:
        self.tries.append(n_tried)
        if len(self.tries) in self._pauses:
            raise PauseNeededError(20, n_tried=n_tried + 1)
        self.shown += texts
        return [()] * len(texts)


@pytest.fixture
def stretch(resources: Resources) -> tuple[Reading, Part]:
    """A file of a hundred rows, all of it."""
    data = jsonl(*[chat_row(f"What is {n}?", f"It is {n}.") for n in range(N_ROWS)])
    with resources.store.writer("rows") as writer:
        writer.write(data)
        writer.commit()
    file = File(
        id="file-1",
        project_id="proj_1",
        filename="a.jsonl",
        purpose="fine-tune",
        bytes=len(data),
        sha256="",
        object_key="rows",
        status="processed",
        created_at=1,
    )
    reading = Reading("checks/1", Question(), {Role.TRAINING: [file]}, resources.store, resources.settings)
    return reading, Part(0, Role.TRAINING, 0, len(data))


def asking(judge: Judge, *, seconds: float = 60) -> Asking:
    return Asking(judge, time.monotonic() + seconds, lambda: None)


def carried(turns: Turns) -> Turns:
    """As they come back from a row."""
    return msgspec.convert(msgspec.to_builtins(turns), Turns)


class TestTurns:
    def test_go_on_where_the_last_one_ended(self, stretch: tuple[Reading, Part]) -> None:
        """After a pause the request that was put off comes next, with its tries, and every row is shown once."""
        judge = Judge(2, 3)
        first, pause = take_turn(*stretch, Turns(), asking(judge))
        second, _ = take_turn(*stretch, carried(first), asking(judge))

        third, ended = take_turn(*stretch, carried(second), asking(judge))

        assert (first.kept.n_seen, pause, second.kept.n_seen, ended) == (32, 20, 32, None)
        assert judge.tries == [0, 0, 1, 2, 0, 0]
        assert judge.shown == [f"What is {n}?\nIt is {n}." for n in range(N_ROWS)]
        assert third.judgements.describe()["moderation"]["n_judged"] == N_ROWS

    def test_end_with_their_time(self, stretch: tuple[Reading, Part]) -> None:
        """When the time is over no request begins, and the next turn may come at once."""
        judge = Judge()

        turns, pause = take_turn(*stretch, Turns(n_tried=1), asking(judge, seconds=-1))

        assert (judge.tries, pause, turns.kept.n_seen, turns.n_tried) == ([], 0, 0, 1)

    @pytest.mark.parametrize("paused", [0.0, 900.0])
    def test_are_not_for_ever(self, stretch: tuple[Reading, Part], paused: float) -> None:
        """When all time for a stretch is used up the rest is not judged; where pauses took it, it may be later."""
        used_up = Turns(seconds_used=MOST_SECONDS, seconds_paused=paused)

        turns, pause = take_turn(*stretch, used_up, asking(Judge()))

        section = turns.judgements.describe()["moderation"]
        assert (pause, section["n_not_judged"], section["may_pass"]) == (None, N_ROWS, paused > 0)
        assert list(section["reasons"]) == ["The time for it, 7,200 seconds for a stretch of a file, was used up."]
