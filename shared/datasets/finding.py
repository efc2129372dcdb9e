"""One fault at one place, and how it reads."""

from dataclasses import dataclass, field, replace
from typing import Any

from shared.datasets.codes import Fix, Scope, Severity

_LINE_DETAILS = ("other_line", "first_line")
"""Details that name another line of the same file, and move with it."""


@dataclass(frozen=True)
class Finding:
    """One fault at one place.

    `line` counts from 1 as editors do; `message_index` and the JSON pointer `path` count from 0 as programs do.
    `problem` says what is wrong and what would help, without the place. No text of the file is in it beyond 80
    characters.
    """

    code: str
    severity: Severity
    scope: Scope
    problem: str
    line: int | None = None
    message_index: int | None = None
    path: str = ""
    detail: dict[str, Any] = field(default_factory=dict)
    fix: Fix = Fix.NONE

    @property
    def message(self) -> str:
        """The whole sentence: `Line 4, message 2: …`."""
        if self.line is None:
            return self.problem
        place = (
            f"Line {self.line}" if self.message_index is None else f"Line {self.line}, message {self.message_index + 1}"
        )
        return f"{place}: {self.problem}"

    def moved(self, *, lines: int, n_bytes: int) -> "Finding":
        """The same, in a file that has so many lines and bytes before the stretch in which it was found."""
        if self.line is None:
            return self
        moves = dict.fromkeys(_LINE_DETAILS, lines) | {"byte_offset": n_bytes}
        detail = {key: value + moves.get(key, 0) if key in moves else value for key, value in self.detail.items()}
        return replace(self, line=self.line + lines, detail=detail)

    def to_dict(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "severity": self.severity,
            "scope": self.scope,
            "line": self.line,
            "message_index": self.message_index,
            "path": self.path,
            "message": self.message,
            "detail": self.detail,
            "fix": self.fix,
        }
