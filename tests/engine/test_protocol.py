"""What a training process and its supervisor say to each other."""

import subprocess
import sys

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.engine import protocol
from shared.settings import process_environment

FINITE = st.floats(allow_nan=False, allow_infinity=False)
COUNTS = st.integers(min_value=0, max_value=2**53)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
FIELDS = {int: COUNTS, float: FINITE, str: TEXT, bool: st.booleans()}
MESSAGES = st.one_of(
    st.just(protocol.Loading()),
    st.builds(protocol.Started, total_steps=COUNTS, n_examples=COUNTS, start_step=COUNTS),
    st.builds(
        protocol.StepMetrics,
        **dict.fromkeys(("step", "total_steps", "epoch", "n_tokens"), COUNTS),
        **dict.fromkeys(("train_loss", "train_mean_token_accuracy", "learning_rate", "seconds"), FINITE),
        **dict.fromkeys(("valid_loss", "full_valid_loss"), st.none() | FINITE),
    ),
    st.builds(
        protocol.SavedCheckpoint,
        **dict.fromkeys(("step", "epoch"), COUNTS),
        path=TEXT,
        published=st.booleans(),
        metrics=st.dictionaries(TEXT, FINITE),
    ),
    st.builds(
        protocol.Finished,
        **dict.fromkeys(("steps", "trained_tokens", "peak_memory_bytes"), COUNTS),
        stopped=st.booleans(),
        final_checkpoint=st.none() | TEXT,
    ),
    st.builds(protocol.Failed, code=TEXT, message=TEXT),
)


class TestWire:
    @given(MESSAGES)
    def test_round_trip(self, message: protocol.AnyMessage) -> None:
        """Every message comes back from its line as it was."""
        assert protocol.decode(protocol.encode(message)) == message

    @given(MESSAGES)
    def test_one_line_each(self, message: protocol.AnyMessage) -> None:
        """A message is one line, whatever its texts contain."""
        line = protocol.encode(message)

        assert line.count(b"\n") == 1
        assert line.endswith(b"\n")

    @pytest.mark.parametrize("line", [b"", b"{}", b"Loading weights: 100%", b'{"type":"novel"}', b'{"type":"step"}'])
    def test_anything_else(self, line: bytes) -> None:
        """A line that is no message is an error the supervisor can catch."""
        with pytest.raises(msgspec.DecodeError):
            protocol.decode(line)


class TestWireMetrics:
    def test_only_what_was_measured(self) -> None:
        """Clients see metrics under their wire names, and none that was not measured."""
        metrics = protocol.StepMetrics(
            step=3,
            total_steps=9,
            epoch=1,
            train_loss=1.5,
            train_mean_token_accuracy=0.5,
            learning_rate=1e-3,
            n_tokens=10,
            seconds=0.1,
            full_valid_loss=1.25,
        )

        assert metrics.wire_metrics() == {
            "step": 3,
            "train_loss": 1.5,
            "train_mean_token_accuracy": 0.5,
            "full_valid_loss": 1.25,
        }


class TestWithoutTorch:
    def test_light_modules(self) -> None:
        """What the API and other workers import of the engine brings in none of its heavy libraries."""
        names = ("config", "environment", "errors", "hooks", "hyperparameters", "protocol", "sources")
        imports = ", ".join(f"shared.engine.{name}" for name in names)
        code = f"import sys, {imports}; print({{'torch', 'transformers', 'peft', 'gguf'}} & sys.modules.keys())"

        finished = subprocess.run(
            [sys.executable, "-c", code], env=process_environment(), capture_output=True, text=True, check=True
        )

        assert finished.stdout == "set()\n"
