"""The result file: metrics as CSV."""

from typing import Any

import pytest

from shared.jobs.results import render_csv

HEADER = (
    "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy,full_valid_loss,full_valid_mean_token_accuracy"
)


def lines(*metrics: dict[str, Any]) -> list[str]:
    return render_csv(metrics).decode("ascii").splitlines()


class TestRendering:
    def test_begins_with_the_columns_of_the_wire(self) -> None:
        """The first five columns are those scripts in the wild read; ours stand behind them."""
        assert lines() == [HEADER]

    def test_has_a_line_for_each_step(self) -> None:
        """Each step is one line of numbers, in the order given."""
        steps = [{"step": n, "train_loss": 1 / n, "train_mean_token_accuracy": 0.5} for n in (1, 2)]

        assert lines(*steps)[1:] == ["1,1.0,0.5,,,,", "2,0.5,0.5,,,,"]

    def test_has_every_metric_in_its_column(self) -> None:
        """Training and validation metrics land under their own names."""
        metrics = {
            "step": 4,
            "train_loss": 1.25,
            "train_mean_token_accuracy": 0.1,
            "valid_loss": 2.5,
            "valid_mean_token_accuracy": 0.2,
            "full_valid_loss": 3.5,
            "full_valid_mean_token_accuracy": 0.3,
        }

        assert dict(zip(HEADER.split(","), lines(metrics)[1].split(","), strict=True)) == {
            "step": "4",
            "train_loss": "1.25",
            "train_accuracy": "0.1",
            "valid_loss": "2.5",
            "valid_mean_token_accuracy": "0.2",
            "full_valid_loss": "3.5",
            "full_valid_mean_token_accuracy": "0.3",
        }

    @pytest.mark.parametrize(("loss", "cell"), [(None, ""), (0.0, "0.0"), (1e-09, "1e-09")])
    def test_tells_nothing_from_nought(self, loss: float | None, cell: str) -> None:
        """What was not measured is an empty cell; a measured nought is a nought."""
        assert lines({"step": 1, "train_loss": loss})[1] == f"1,{cell},,,,,"
