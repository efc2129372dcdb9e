"""Why an object of an upstream is not here. The codes are told in docs/leaving-openai.md."""


class CannotCopyError(Exception):
    """This object will not come, for a reason that a person should read; the others go on."""

    def __init__(self, reason_code: str, reason: str) -> None:
        super().__init__(reason)
        self.reason_code = reason_code
        self.reason = reason
