"""The configuration of a run, as a value and as JSON."""

import math

import pytest

from shared.engine.config import TrainConfig
from shared.engine.errors import InvalidConfigurationError
from tests.engine.conftest import MakeConfig


class TestJson:
    def test_round_trip(self, make_config: MakeConfig) -> None:
        """A configuration comes back from JSON as it was."""
        config = make_config()

        assert TrainConfig.from_json(config.to_json()) == config

    def test_unknown_fields(self, make_config: MakeConfig) -> None:
        """Fields of a newer version are ignored, so that hosts may be upgraded one by one."""
        text = make_config().to_json().replace("{", '{"novel": 1, ', 1)

        assert TrainConfig.from_json(text) == make_config()

    @pytest.mark.parametrize(
        ("text", "named"), [("{", "truncated"), ("{}", "base"), ('{"base": 5}', r"\$\.base"), ("[]", "object")]
    )
    def test_unreadable(self, text: str, named: str) -> None:
        """JSON that is no configuration is refused with the field or the reason."""
        with pytest.raises(InvalidConfigurationError, match=named):
            TrainConfig.from_json(text)


class TestValues:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("n_epochs", 0),
            ("batch_size", 0),
            ("learning_rate_multiplier", 0.0),
            ("learning_rate_multiplier", math.inf),
            ("learning_rate_multiplier", math.nan),
            ("lora_rank", 0),
            ("lora_dropout", 1.0),
            ("weight_decay", -0.1),
            ("max_sequence_tokens", 1),
            ("resume_every_steps", 0),
            ("seed", -1),
            ("threads", -1),
        ],
    )
    def test_out_of_range(self, make_config: MakeConfig, name: str, value: float) -> None:
        """A value that cannot train is refused by its name."""
        with pytest.raises(InvalidConfigurationError, match=f"^{name} must be"):
            make_config(**{name: value})


class TestFingerprint:
    def test_ignores_the_host(self, make_config: MakeConfig) -> None:
        """Folders, threads and device belong to a host and not to a run."""
        elsewhere = make_config(run="elsewhere", threads=3, device="auto", training_file="/other")

        assert elsewhere.fingerprint() == make_config().fingerprint()

    def test_follows_what_decides_the_weights(self, make_config: MakeConfig) -> None:
        """Another rate is another run."""
        assert make_config(learning_rate_multiplier=2.0).fingerprint() != make_config().fingerprint()
