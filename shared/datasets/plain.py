"""The short way through the plainest rows, which most are: texts of system, user and assistant in proper order.

One typed decode proves keys and types. Whatever it cannot prove goes through the reader and the checks.
"""

import re
from functools import lru_cache

import msgspec

from shared.datasets.checks.messages_list import MAX_MESSAGES
from shared.datasets.row import Format, Row, Turn

MAX_BYTES = 1_000_000
"""A longer line may hold a text over the limit, and saves nothing here."""

_ORDERS_KEPT = 1024
_KEY_END = re.compile(rb'"[ \t\n\r]*+:')


class _ChatRow(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    messages: list[Turn]


_decode = msgspec.json.Decoder(_ChatRow).decode


def read_plain_row(line: bytes) -> Row | None:
    """The row on a line with which nothing is wrong; None if that is not certain."""
    if len(line) > MAX_BYTES:
        return None
    try:
        turns = _decode(line).messages
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    roles = tuple([turn.role for turn in turns])
    # A key that is there twice is in the text and not in the value.
    if len(_KEY_END.findall(line)) != 1 + 2 * len(turns) or not _is_proper(roles):
        return None
    for turn in turns:
        if not turn.content or turn.content.isspace():
            return None
    return Row(Format.CHAT, turns, _roles=roles)


@lru_cache(_ORDERS_KEPT)
def _is_proper(roles: tuple[str, ...]) -> bool:
    """Whether user and assistant speak in turn, the assistant last, after at most one system message."""
    spoken = roles[1:] if roles[:1] in {("system",), ("developer",)} else roles
    return 1 < len(spoken) < MAX_MESSAGES and spoken == (("user", "assistant") * len(spoken))[-len(spoken) :]
