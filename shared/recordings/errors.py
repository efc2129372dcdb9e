"""Refusals of the recordings domain."""

from shared.errors import InvalidInputError, Kind, NotFoundError, ServiceError


class RecordingNotFoundError(NotFoundError):
    code = "recording_not_found"

    def __init__(self, recording_id: str) -> None:
        super().__init__(f"No such recording: {recording_id[:80]}", param="recording_id")


class RecordingStateError(InvalidInputError):
    code = "invalid_recording_state"


class TooManyRecordingsError(ServiceError):
    kind = Kind.RATE_LIMITED
    code = "too_many_recordings"

    def __init__(self) -> None:
        super().__init__("Too many recordings of this project are under way. Ask again when some of them have ended.")


class PriceUnknownError(InvalidInputError):
    """A budget in money for a model whose price is not in the table."""

    code = "price_unknown"

    def __init__(self, model: str) -> None:
        super().__init__(
            f"No price is known for `{model[:120]}`, so a budget in money cannot be kept. "
            "Give `price` with `input_per_million` and `output_per_million`, or a budget in tokens.",
            param="budget.amount",
        )
