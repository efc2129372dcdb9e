"""When a failed delivery is tried again."""

import pytest

from shared.webhooks.backoff import JITTER, SCHEDULE_SECONDS, delay_seconds

HOUR = 3600


class TestSchedule:
    def test_is_the_one_we_promise(self) -> None:
        """Attempts follow after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h."""
        hours = [2, 5, 10, 14, 20, 24]

        assert (5, 300, 1800, *(hour * HOUR for hour in hours)) == SCHEDULE_SECONDS

    def test_lasts_about_three_days(self) -> None:
        """The tenth and last attempt comes 75.6 hours after the first."""
        assert sum(SCHEDULE_SECONDS) / HOUR == pytest.approx(75.6, abs=0.05)

    @pytest.mark.parametrize("attempts_made", range(1, 10))
    def test_pauses_are_jittered_by_a_fifth(self, attempts_made: int) -> None:
        """Each pause is the schedule's, give or take a fifth, and not always the same."""
        base = SCHEDULE_SECONDS[attempts_made - 1]
        pauses = [delay_seconds(attempts_made) for _ in range(50)]

        assert all(pause is not None and base * (1 - JITTER) <= pause <= base * (1 + JITTER) for pause in pauses)
        assert len(set(pauses)) > 1

    @pytest.mark.parametrize("attempts_made", [10, 11, 1000])
    def test_ends_after_ten_attempts(self, attempts_made: int) -> None:
        """After ten attempts there is no further one, whatever the receiver asks for."""
        assert delay_seconds(attempts_made) is None
        assert delay_seconds(attempts_made, retry_after_seconds=1) is None


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("asked_seconds", "seconds"),
        [(-60, 300), (0, 300), (299, 300), (400, 400), (600, 600), (601, 600), (10**9, 600), (float("inf"), 600)],
    )
    def test_counts_between_one_and_two_times_the_schedule(self, asked_seconds: float, seconds: float) -> None:
        """A receiver can ask for a longer pause, up to double; it can neither hurry nor park a delivery."""
        assert delay_seconds(2, retry_after_seconds=asked_seconds) == seconds
