"""Putting the prompts of a recording to its model, a few at a time, within its budget.

An answer is kept the moment it comes, in a transaction of its own together with what it cost: after a crash it is not
asked for again. What was on its way then counts as paid, as nobody knows better.
"""

from collections import deque
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from shared import clock
from shared.providers.trouble import TroubleKind, UpstreamTroubleError
from shared.recordings import progress, service
from shared.recordings.budget import NOTHING, Budget, Cost, Price, cost_of
from shared.recordings.estimate import most_prompt_tokens
from shared.recordings.progress import Answer
from shared.recordings.tables import AnswerState, RecordedAnswer, Recording
from worker.recordings.asker import Asker
from worker.shutdown import stopping
from worker.unit import WorkUnit

MAX_TRIES = 6
"""Times that a prompt is sent without a usable answer before it is left without one."""
_SLICE_SECONDS = 60.0
_LOOK_SECONDS = 1.0
_ROWS_AT_ONCE = 100
_ABOUT_THE_MODEL = {TroubleKind.KEY_REFUSED, TroubleKind.MISSING}
_STATUS_OF_QUOTA = 429


@dataclass
class Asking:
    """One claim's part of a recording."""

    unit: WorkUnit
    recording: Recording
    asker: Asker
    trouble: UpstreamTroubleError | None = None
    "Why nothing more is sent: the upstream needs a pause, or will never answer."
    is_spent: bool = False
    "The budget has no room for another answer."
    waits_for_others: bool = False
    "All that is left is on its way for another recording."
    _waiting: deque[RecordedAnswer] = field(default_factory=deque)
    _on_their_way: dict[Future[Answer], tuple[RecordedAnswer, Cost]] = field(default_factory=dict)

    def run(self) -> bool:
        """Ask while there is time; whether every prompt has been put that the budget allows.

        Raises UpstreamTroubleError once what was on its way has come.
        """
        until = clock.now() + _SLICE_SECONDS
        self._count_lost()
        with ThreadPoolExecutor(self.recording.concurrency, thread_name_prefix="ask") as pool:
            while True:
                has_time = clock.now() < until and not stopping.is_set()
                if has_time and self.trouble is None and not self.is_spent:
                    self._send(pool)
                if not self._on_their_way:
                    break
                self._receive()
        if self.trouble is not None:
            raise self.trouble
        return self.is_spent or not self._are_some_left()

    def _count_lost(self) -> None:
        """What a dead worker had sent goes back, and counts as paid at its most."""
        with self.unit.database.reading() as session:
            lost = progress.list_lost(session, self.recording)
        costs = self._most(lost)
        with self.unit.progressing() as session:
            for answer, cost in zip(lost, costs, strict=True):
                progress.take_back(session, self.recording, answer, lost=cost)

    def _send(self, pool: ThreadPoolExecutor) -> None:
        """Fill the free places with prompts the budget has room for."""
        free = self.recording.concurrency - len(self._on_their_way)
        if free and not self._waiting:
            self._waiting.extend(self._read_pending())
        chosen: list[tuple[RecordedAnswer, Cost]] = []
        while len(chosen) < free and self._waiting:
            answer = self._waiting[0]
            most = self._most([answer])[0]
            if not self._budget.allows(self._committed([cost for _, cost in chosen]) + most):
                # What is on its way may cost less than is held back for it.
                self.is_spent = not chosen and not self._on_their_way
                break
            chosen.append((self._waiting.popleft(), most))
        if not chosen:
            return
        with self.unit.progressing() as session:
            taken = progress.take(session, self.recording, [answer.id for answer, _ in chosen])
        for answer, most in chosen:
            if answer.id in taken:
                future = pool.submit(self.asker.ask, answer.request, self.recording.options)
                self._on_their_way[future] = (answer, most)

    def _receive(self) -> None:
        """Keep what has come by now."""
        done, _ = wait(self._on_their_way, timeout=_LOOK_SECONDS, return_when=FIRST_COMPLETED)
        self.unit.keep_alive()
        for future in done:
            answer, most = self._on_their_way.pop(future)
            try:
                came = future.result()
            except UpstreamTroubleError as trouble:
                self._meet(answer, trouble, most)
            else:
                with self.unit.progressing() as session:
                    progress.keep_answer(session, self.recording, answer.id, came, self._cost_of(came, most))

    def _meet(self, answer: RecordedAnswer, trouble: UpstreamTroubleError, most: Cost) -> None:
        """Decide what a failed request means: for this prompt, for all of them, for the budget."""
        is_final = trouble.kind in _ABOUT_THE_MODEL or trouble.status == _STATUS_OF_QUOTA
        must_pause = trouble.will_pass and trouble.kind is not TroubleKind.UNKNOWN
        is_hopeless = not trouble.will_pass or answer.tries + 1 >= MAX_TRIES
        # A refusal with a status came before the answer; without one, the answer may have been made.
        lost = NOTHING if trouble.status is not None else most
        with self.unit.progressing() as session:
            if is_final or must_pause:
                progress.ask_later(session, self.recording, answer.id, counts_as_try=False)
            elif is_hopeless:
                progress.keep_refusal(session, self.recording, answer.id, _told(trouble), lost=lost)
            else:
                progress.ask_later(session, self.recording, answer.id, lost=lost)
        if is_final or (trouble.will_pass and not is_hopeless):
            self.trouble = self.trouble or trouble

    def _read_pending(self) -> list[RecordedAnswer]:
        pending = (AnswerState.PENDING,)
        with self.unit.database.reading() as session:
            rows = service.list_answers(
                session, self.unit.project_id, self.recording.id, limit=_ROWS_AT_ONCE, states=pending
            )
        return [answer for _, answer in rows]

    def _are_some_left(self) -> bool:
        with self.unit.database.reading() as session:
            counts = service.count_answers(session, self.unit.project_id, self.recording.id)
        self.waits_for_others = not counts[AnswerState.PENDING]
        return bool(counts[AnswerState.PENDING] or counts[AnswerState.ASKED])

    @property
    def _budget(self) -> Budget:
        return Budget(self.recording.budget_tokens, self.recording.budget_micros)

    def _committed(self, more: list[Cost]) -> Cost:
        """What is spent, and what is on its way or about to be, at its most."""
        total = Cost(self.recording.spent_tokens, self.recording.spent_micros)
        for cost in [*(most for _, most in self._on_their_way.values()), *more]:
            total += cost
        return total

    def _most(self, answers: list[RecordedAnswer]) -> list[Cost]:
        tokens = most_prompt_tokens(self.recording.model, [answer.request for answer in answers])
        longest = int(self.recording.options.get("max_completion_tokens", 0))
        return [self._cost(number, longest) for number in tokens]

    def _cost_of(self, came: Answer, most: Cost) -> Cost:
        """By the answerer's own count. Who does not count is taken to have used all there was room for."""
        if came.prompt_tokens is None or came.completion_tokens is None:
            return most
        return self._cost(came.prompt_tokens, came.completion_tokens)

    def _cost(self, prompt_tokens: int, completion_tokens: int) -> Cost:
        price = None if self.recording.price is None else Price.of(self.recording.price)
        return cost_of(price, prompt_tokens=prompt_tokens, completion_tokens=completion_tokens)


def _told(trouble: UpstreamTroubleError) -> str:
    return f"{trouble.status}: {trouble.message}" if trouble.status else trouble.message
