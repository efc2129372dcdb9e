"""The log file of a child."""

from pathlib import Path

import pytest

from cli.up.child_log import ChildLog


@pytest.fixture
def log(tmp_path: Path) -> ChildLog:
    return ChildLog(tmp_path / "logs" / "api.log")


class TestChildLog:
    def test_it_is_appended_to(self, log: ChildLog) -> None:
        """A restarted child writes after what was written before."""
        for line in (b"one\n", b"two\n"):
            with log.open() as file:
                file.write(line)

        assert log.tail(5) == ["one", "two"]

    def test_the_tail_can_begin_at_a_position(self, log: ChildLog) -> None:
        """Last words are those since the last start, not of a life before."""
        with log.open() as file:
            file.write(b"before\n")
            position = log.size()
            file.write(b"after\n")

        assert log.tail(5, since_bytes=position) == ["after"]

    def test_a_large_file_is_moved_aside_while_it_is_written(self, log: ChildLog) -> None:
        """A log over its bound is kept as .1 and cut, and its writer goes on at the new beginning."""
        with log.open() as file:
            file.write(b"old\n" * 10)
            log.trim(largest_bytes=20)
            file.write(b"new\n")

        assert log.path.read_bytes() == b"new\n"
        assert log.path.with_name("api.log.1").read_bytes() == b"old\n" * 10

    def test_a_small_file_is_left_alone(self, log: ChildLog) -> None:
        """A log within its bound stays in one file."""
        with log.open() as file:
            file.write(b"old\n")

        log.trim(largest_bytes=20)

        assert [path.name for path in log.path.parent.iterdir()] == ["api.log"]

    def test_without_a_file_there_are_no_words(self, log: ChildLog) -> None:
        """A child that never started said nothing."""
        assert log.tail(5) == []
