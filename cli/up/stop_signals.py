"""Ctrl-C and its relatives, counted: the first asks for an orderly stop, the second for an immediate one."""

import signal
from types import FrameType


class StopSignals:
    """Only counts in the handler; an Event there could deadlock with a main thread that waits on it."""

    def __init__(self) -> None:
        self._count = 0

    def listen(self) -> None:
        """Take the signals over, less those that are ignored on purpose, as under `nohup`. Main thread only."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._receive)

    def _receive(self, _number: int, _frame: FrameType | None) -> None:
        self._count += 1

    @property
    def is_stopping(self) -> bool:
        """Whether a stop was asked for."""
        return self._count > 0

    @property
    def is_hurried(self) -> bool:
        """Whether it was asked for again."""
        return self._count > 1
