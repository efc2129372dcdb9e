"""The result file: training metrics as CSV, with the columns the wire's own service writes. Knows no table."""

import csv
import io
from collections.abc import Iterable
from typing import Any

FILENAME = "step_metrics.csv"
_COLUMNS = {
    "step": "step",
    "train_loss": "train_loss",
    "train_accuracy": "train_mean_token_accuracy",
    "valid_loss": "valid_loss",
    "valid_mean_token_accuracy": "valid_mean_token_accuracy",
    "full_valid_loss": "full_valid_loss",
    "full_valid_mean_token_accuracy": "full_valid_mean_token_accuracy",
}
"Column to metric; the last two are ours, behind the five of the wire. Cells are numbers or empty."


def render_csv(metrics: Iterable[dict[str, Any]]) -> bytes:
    """One line a step, in the order given."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for step in metrics:
        writer.writerow(["" if step.get(name) is None else step[name] for name in _COLUMNS.values()])
    return text.getvalue().encode()
