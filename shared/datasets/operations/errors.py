"""Refusals of dataset operations."""

from shared.errors import Kind, NotFoundError, ServiceError


class OperationNotFoundError(NotFoundError):
    code = "operation_not_found"

    def __init__(self, operation_id: str) -> None:
        super().__init__(f"There is no dataset operation {operation_id[:80]}.", param="operation_id")


class OperationNotWaitingError(ServiceError):
    """Somebody agrees to an operation that does not ask, or has been answered differently before."""

    kind = Kind.CONFLICT
    code = "operation_not_waiting"

    def __init__(self, operation_id: str, state: str, *, hint: str) -> None:
        super().__init__(
            f"The operation {operation_id} does not wait to be confirmed: it is {state}. {hint}", param="operation_id"
        )


class TooManyOperationsError(ServiceError):
    kind = Kind.RATE_LIMITED
    code = "too_many_operations"

    def __init__(self) -> None:
        super().__init__("Too many operations of this project are under way. Ask again when some of them have ended.")
