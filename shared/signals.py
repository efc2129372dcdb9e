"""Ending a process when it is asked to."""

import os
import select
import signal
from types import FrameType


class StopRequest:
    """Set by a signal, waited for by the main thread.

    A pipe, since `threading.Event.set()` in a handler deadlocks when the signal meets the main thread inside `wait()`.
    """

    def __init__(self) -> None:
        self._read_end, self._write_end = os.pipe()
        os.set_blocking(self._write_end, False)

    def set(self) -> None:
        """Ask for the end. Safe in a signal handler, and to call again."""
        try:
            os.write(self._write_end, b"!")
        except BlockingIOError:
            return

    def wait(self, seconds: float) -> bool:
        """Whether the end was asked for, now or within `seconds`."""
        return bool(select.select([self._read_end], [], [], seconds)[0])


def stop_on_signals() -> StopRequest:
    """A request that SIGTERM, SIGINT or SIGQUIT makes. Call it in the main thread."""
    stop = StopRequest()

    def request_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, request_stop)
    return stop
