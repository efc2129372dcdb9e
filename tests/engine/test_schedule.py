"""The learning rate over a run."""

import pytest

from shared.engine.schedule import rate_at


class TestSchedule:
    def rates(self, total_steps: int) -> list[float]:
        return [rate_at(step, total_steps=total_steps, peak=1.0, warmup_fraction=0.05) for step in range(total_steps)]

    def test_climbs_then_falls(self) -> None:
        """The rate reaches its peak after the warm-up and falls to a tenth at the last step."""
        rates = self.rates(100)

        assert rates[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
        assert rates[4:] == sorted(rates[4:], reverse=True)
        assert rates[-1] == pytest.approx(0.1)

    def test_single_step(self) -> None:
        """A run of one step makes it at the peak."""
        assert self.rates(1) == [1.0]
