"""Waiting times between the restarts of a child."""

from cli.up.backoff import Backoff


class TestBackoff:
    def test_short_lives_double_the_wait_up_to_ten_seconds(self) -> None:
        """A child that keeps dying young waits 0.2 s, then twice as long each time, at most 10 s."""
        backoff = Backoff()

        delays = [backoff.after(1) for _ in range(8)]

        assert delays == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10]

    def test_repeats_of_the_longest_wait_are_old_news(self) -> None:
        """From the second wait of ten seconds on, a failing child is nothing new."""
        backoff = Backoff()

        news = []
        for _ in range(9):
            backoff.after(1)
            news.append(not backoff.is_old_news)

        assert news == [True] * 7 + [False] * 2

    def test_a_long_life_starts_over(self) -> None:
        """A child that lived for half a minute is started again as soon as one that never failed."""
        backoff = Backoff()
        for _ in range(5):
            backoff.after(1)

        assert backoff.after(30) == 0.2
