"""Which state of a job may follow which."""

import pytest

from shared.jobs.states import TERMINAL, JobStateError, JobStatus, is_terminal, require_transition

ALLOWED = {
    "validating_files": {"queued", "failed", "cancelled"},
    "queued": {"running", "paused", "failed", "cancelled"},
    "running": {"succeeded", "paused", "failed", "cancelled"},
    "paused": {"queued", "cancelled"},
    "succeeded": set(),
    "failed": set(),
    "cancelled": set(),
}
PAIRS = [(current, wanted) for current in ALLOWED for wanted in ALLOWED]


class TestTransitions:
    @pytest.mark.parametrize(("current", "wanted"), [pair for pair in PAIRS if pair[1] in ALLOWED[pair[0]]])
    def test_forward_ones_are_allowed(self, current: str, wanted: str) -> None:
        """A job moves along the states of the wire."""
        require_transition("ftjob-1", current, JobStatus(wanted))

    @pytest.mark.parametrize(("current", "wanted"), [pair for pair in PAIRS if pair[1] not in ALLOWED[pair[0]]])
    def test_all_others_are_refused(self, current: str, wanted: str) -> None:
        """Any other step is refused by job, state and wish; a job that has ended never moves again."""
        with pytest.raises(JobStateError, match=f"ftjob-1 is {current}.*{wanted}"):
            require_transition("ftjob-1", current, JobStatus(wanted))


class TestTerminal:
    def test_are_the_three_ends(self) -> None:
        """A job ends as succeeded, failed or cancelled."""
        assert {str(status) for status in TERMINAL} == {"succeeded", "failed", "cancelled"}

    @pytest.mark.parametrize("status", JobStatus)
    def test_is_told_by_name(self, status: JobStatus) -> None:
        """Every state of the wire is known to be an end or not."""
        assert is_terminal(str(status)) is (not ALLOWED[status])
