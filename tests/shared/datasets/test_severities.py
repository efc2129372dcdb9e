"""How bad a finding is for whom."""

import pytest

from shared.datasets.codes import CODES, Severity
from shared.datasets.limits import LIMITS
from shared.datasets.severities import TARGETS, Policy, UnknownTargetError, find_severity, judge_report
from tests.shared.datasets.builders import USER, chat, check

TWICE_USER = chat(USER, {**USER, "content": "Hello?"}, {"role": "assistant", "content": "Yes."})
BLANK_USER = chat({"role": "user", "content": " "}, {"role": "assistant", "content": "Yes."})


class TestTargets:
    def test_name_known_codes(self) -> None:
        """Every code in a target's table is in the table of codes, and every target has limits."""
        assert {code for table in TARGETS.values() for code in table} <= set(CODES)
        assert set(TARGETS) == set(LIMITS)

    def test_differ(self) -> None:
        """What one target takes with a warning another refuses."""
        report = check(TWICE_USER).to_dict()

        assert judge_report(report, target="openai").warnings == ["consecutive_same_role"]
        assert judge_report(report, target="together").blocking == ["consecutive_same_role"]

    def test_milder_forms_stay_mild(self) -> None:
        """A fault found in its milder form is not raised by a target's table."""
        assert find_severity("special_token_in_text", Severity.INFO, target="engine") is Severity.INFO

    def test_unknown_target(self) -> None:
        """A target that is not in the table is an error that names those that are."""
        with pytest.raises(UnknownTargetError, match="openai"):
            find_severity("blank_line", Severity.WARNING, target="nobody")


class TestPolicies:
    @pytest.mark.parametrize(
        ("policy", "place"), [(Policy.BLOCK, "blocking"), (Policy.WARN, "warnings"), (Policy.IGNORE, "ignored")]
    )
    def test_of_projects_have_the_last_word(self, policy: Policy, place: str) -> None:
        """A project can block, warn of or ignore each code, in every form."""
        verdict = judge_report(check(BLANK_USER).to_dict(), target="openai", policies={"content_empty": policy})

        assert getattr(verdict, place) == ["content_empty"]
        assert verdict.is_blocked is (policy is Policy.BLOCK)
