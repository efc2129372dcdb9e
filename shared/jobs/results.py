"""The result file: training metrics as CSV, with the columns the wire's own service writes. Knows no table."""

import base64
import csv
import io
from collections.abc import Iterable
from contextlib import suppress
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


def decode_csv(content: bytes) -> bytes | None:
    """A result file as a provider gives it: CSV, plain or, as the wire's own service does, in base64. None: neither."""
    with suppress(ValueError):
        content = base64.b64decode(b"".join(content.split()), validate=True)
    first_line = content[:1024].partition(b"\n")[0].lstrip(b"\xef\xbb\xbf")
    return content if first_line.startswith(b"step,") else None
