"""What can be wrong with a connection or with finding one."""

from shared.errors import InvalidInputError, Kind, NotFoundError, ServiceError


class ConnectionNotFoundError(NotFoundError):
    code = "connection_not_found"

    def __init__(self, name: str, *, param: str = "connection") -> None:
        super().__init__(f"No such connection: {name[:80]}. GET /api/v1/connections lists what there is.", param=param)


class ConnectionNameTakenError(InvalidInputError):
    code = "connection_name_taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a connection named `{name}` already.", param="name")


class ConnectionSecretLostError(ServiceError):
    """Sealed under a secret key of the service that is not here any more."""

    kind = Kind.UNAVAILABLE
    code = "connection_secret_lost"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The key of connection `{name}` cannot be opened here any more. "
            "Give it again with PATCH /api/v1/connections/{id}."
        )


class SecretNeededError(InvalidInputError):
    """Otherwise whoever may change an address could have the key sent to one of their own."""

    code = "missing_required_parameter"

    def __init__(self) -> None:
        super().__init__(
            "A new base_url needs the secret again: the stored one was given for the former address.", param="secret"
        )


class ConnectionLimitError(InvalidInputError):
    code = "connection_limit"


class AdminKeyNeededError(ServiceError):
    kind = Kind.FORBIDDEN
    code = "admin_key_needed"

    def __init__(self) -> None:
        super().__init__("A connection of the whole organization is made and changed with an admin key.")


class AmbiguousModelError(InvalidInputError):
    """Several connections serve the name. Guessing would send data to the wrong company."""

    code = "ambiguous_model"

    def __init__(self, model: str, candidates: list[str]) -> None:
        named = ", ".join(f"`{candidate}`" for candidate in candidates)
        super().__init__(
            f"The model `{model[:120]}` is served by {named}. Name one in `connection` "
            '(extra_body={"connection": "…"} in the SDK), make one of them the default, or let one serve only names '
            "given by hand (`use_listed_models`).",
            param="model",
        )


class NoModerationError(InvalidInputError):
    """The connection is there, and its moderation cannot be asked."""

    code = "moderation_unavailable"


class UnknownModelError(NotFoundError):
    code = "model_not_found"

    def __init__(self, model: str, nearest: list[str]) -> None:
        meant = f" Did you mean {' or '.join(f'`{name}`' for name in nearest)}?" if nearest else ""
        super().__init__(
            f"The model `{model[:120]}` does not exist or you do not have access to it.{meant} "
            "GET /v1/models lists what there is.",
            param="model",
        )
