"""Names of tuned models and their checkpoints."""

import re

import pytest

from shared.jobs.naming import checkpoint_name, tuned_model_name


class TestTunedModels:
    @pytest.mark.parametrize(
        ("suffix", "pattern"),
        [(None, r"ft:tiny:acme::[A-Za-z0-9]{8}"), ("my-try", r"ft:tiny:acme:my-try:[A-Za-z0-9]{8}")],
    )
    def test_have_the_wire_form(self, suffix: str | None, pattern: str) -> None:
        """A tuned model is named after base, project and suffix, the suffix's place staying when there is none."""
        assert re.fullmatch(pattern, tuned_model_name("tiny", "acme", suffix))

    def test_are_never_equal(self) -> None:
        """Two jobs with the same words get two names."""
        assert tuned_model_name("tiny", "acme", "x") != tuned_model_name("tiny", "acme", "x")


class TestCheckpoints:
    def test_carry_their_step(self) -> None:
        """A checkpoint on the way is named after its model and step."""
        assert checkpoint_name("ft:tiny:acme::abc", 10, 30) == "ft:tiny:acme::abc:ckpt-step-10"

    def test_the_last_one_is_the_model(self) -> None:
        """The last checkpoint is the finished model and carries its plain name."""
        assert checkpoint_name("ft:tiny:acme::abc", 30, 30) == "ft:tiny:acme::abc"
