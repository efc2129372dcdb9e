"""Refusals of the recordings domain."""

from shared.errors import InvalidInputError, NotFoundError


class RecordingNotFoundError(NotFoundError):
    code = "recording_not_found"

    def __init__(self, recording_id: str) -> None:
        super().__init__(f"No such recording: {recording_id[:80]}", param="recording_id")


class RecordingStateError(InvalidInputError):
    code = "invalid_recording_state"


class PriceUnknownError(InvalidInputError):
    """A budget in money for a model whose price is not in the table."""

    code = "price_unknown"

    def __init__(self, model: str) -> None:
        super().__init__(
            f"No price is known for `{model[:120]}`, so a budget in money cannot be kept. "
            "Give `price` with `input_per_million` and `output_per_million`, or a budget in tokens.",
            param="budget.amount",
        )
