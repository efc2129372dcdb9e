"""What Ctrl-C, a service manager and a closed terminal mean to `tunery up`."""

import os
import signal
from collections.abc import Iterator

import pytest

from cli.up.stop_signals import StopSignals

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def handlers_restored() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


class TestStopSignals:
    @pytest.mark.parametrize("number", SIGNALS)
    def test_the_first_asks_for_an_orderly_stop(self, number: signal.Signals) -> None:
        """Ctrl-C, SIGTERM and a closed terminal each ask for an orderly stop."""
        signals = StopSignals()
        signals.listen()

        os.kill(os.getpid(), number)

        assert (signals.is_stopping, signals.is_hurried) == (True, False)

    def test_the_second_asks_for_hurry(self) -> None:
        """A second signal, of whatever kind, asks to kill at once."""
        signals = StopSignals()
        signals.listen()

        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)

        assert signals.is_hurried

    def test_a_hangup_that_is_ignored_stays_so(self) -> None:
        """Under `nohup` the service survives its terminal."""
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signals = StopSignals()
        signals.listen()

        os.kill(os.getpid(), signal.SIGHUP)

        assert not signals.is_stopping
