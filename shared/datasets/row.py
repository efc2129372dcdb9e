"""One sound row as the checks of texts and of whole files see it, whatever its format.

Refuses to know how a row is read and what makes it sound.
"""

from enum import StrEnum
from typing import Any

import msgspec


class Format(StrEnum):
    """What a row is for, told by its keys."""

    CHAT = "chat"
    PREFERENCE = "preference"
    REINFORCEMENT = "reinforcement"
    COMPLETION = "completion"

    # An enum's own hash is a Python function, and each row is counted by its format.
    __hash__ = str.__hash__


class Turn(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """Who says what. Texts of several content parts are joined by line feeds."""

    role: str
    content: str


class Row(msgspec.Struct, gc=False):
    """`turns` ends with the answer to learn, except in reinforcement rows, which have none."""

    format: Format
    turns: list[Turn]
    rejected: Turn | None = None
    "Of a preference row: the answer to unlearn."
    calls: dict[int, str] = {}
    "Tool calls in canonical JSON, by the number of the turn that makes them."
    called: list[str] = []
    "Names of the functions called, in order."
    untrained: frozenset[int] = frozenset()
    "Turns of weight 0."
    tools: bytes = b""
    "The tools offered, in canonical JSON."
    tool_names: list[str] = []
    items: dict[str, Any] = {}
    "Of a reinforcement row: the fields that graders read."
    n_images: int = 0
    value: dict[str, Any] | None = None
    "The object on the line; None for a chat row that is nothing but its turns and their weights."
    _learned: list[tuple[int, str]] | None = None
    _roles: tuple[str, ...] | None = None

    @property
    def answer(self) -> Turn | None:
        return None if self.format is Format.REINFORCEMENT else self.turns[-1]

    @property
    def prompt(self) -> list[Turn]:
        return self.turns if self.format is Format.REINFORCEMENT else self.turns[:-1]

    @property
    def roles(self) -> tuple[str, ...]:
        """Who speaks, turn by turn."""
        if self._roles is None:
            self._roles = tuple([turn.role for turn in self.turns])
        return self._roles

    def is_learned(self, number: int) -> bool:
        """Whether the model is trained to say turn `number`."""
        if self.format is Format.CHAT:
            return self.turns[number].role == "assistant" and number not in self.untrained
        return self.format is not Format.REINFORCEMENT and number == len(self.turns) - 1

    def learned(self) -> list[tuple[int, str]]:
        """Number and text of every turn that the model learns to say."""
        if self._learned is None:
            self._learned = [(n, turn.content) for n, turn in enumerate(self.turns) if self.is_learned(n)]
        return self._learned

    def said(self) -> bytes:
        """Every text of the row and every call, a line each, in UTF-8: for a glance at all of them at once.

        Taken from the row and not from its line, where JSON may write any character as an escape.
        """
        return "\n".join([*[turn.content for turn in self.turns], *self.calls.values()]).encode()

    def place(self, number: int) -> tuple[int | None, str]:
        """The message index and the JSON pointer of turn `number`."""
        if self.format is Format.COMPLETION:
            return None, "/completion" if number else "/prompt"
        if self.format is not Format.PREFERENCE:
            return number, f"/messages/{number}/content"
        if number == len(self.turns) - 1:
            return None, "/preferred_output"
        return number, f"/input/messages/{number}/content"
