"""The refusal of a document: what is wrong, where, and what would help."""

from shared.errors import InvalidInputError


class JsonRejectedError(InvalidInputError):
    """`code` is one of the reader's json_ codes; `hint` names a common slip, such as `trailing_comma`.

    `offset` counts bytes from 0; `line` and `column` count lines and characters from 1.
    """

    def __init__(self, code: str, reason: str, *, data: bytes, offset: int, hint: str | None = None) -> None:
        self.reason = reason
        self.hint = hint
        self.offset = offset
        self.line = data.count(b"\n", 0, offset) + 1
        line_start = data.rfind(b"\n", 0, offset) + 1
        self.column = len(data[line_start:offset].decode("utf-8", "replace")) + 1
        place = f"column {self.column}" if self.line == 1 else f"line {self.line}, column {self.column}"
        super().__init__(f"{reason} ({place})", code=code)
