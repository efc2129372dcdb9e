"""The short way through the plainest rows, which most are: texts of system, user and assistant in proper order.

One typed decode proves keys and types. Whatever it cannot prove goes through the reader and the checks.
"""

from functools import lru_cache
from typing import Literal

import msgspec

from shared.datasets.checks.messages_list import MAX_MESSAGES
from shared.datasets.row import Format, Row, Turn
from shared.strict_json.keys import are_keys_held

MAX_BYTES = 1_000_000
"""A longer line may hold a text over the limit, and saves nothing here."""

_ORDERS_KEPT = 1024


class _WeightedTurn(Turn, gc=False, forbid_unknown_fields=True):
    weight: Literal[0, 1] | msgspec.UnsetType = msgspec.UNSET


class _ChatRow(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    messages: list[Turn]


class _WeightedRow(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    messages: list[_WeightedTurn]


_decode = msgspec.json.Decoder(_ChatRow).decode
_decode_weighted = msgspec.json.Decoder(_WeightedRow).decode


def read_plain_row(line: bytes) -> Row | None:
    """The row on a line with which nothing is wrong; None if that is not certain."""
    if len(line) > MAX_BYTES:
        return None
    try:
        turns = _decode(line).messages
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _read_weighted_row(line) if b'"weight"' in line else None
    return _make_row(line, turns)


def _read_weighted_row(line: bytes) -> Row | None:
    """The row if it is a plain one but for weights of the assistant's turns, one of which is learned."""
    try:
        written = _decode_weighted(line).messages
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    weighted = [turn for turn in written if turn.weight is not msgspec.UNSET]
    learned = {turn.role for turn in written if turn.weight != 0}
    if "assistant" not in learned or any(turn.role != "assistant" for turn in weighted):
        return None
    row = _make_row(line, [Turn(turn.role, turn.content) for turn in written], n_weights=len(weighted))
    if row is not None:
        row.untrained = frozenset(number for number, turn in enumerate(written) if turn.weight == 0)
    return row


def _make_row(line: bytes, turns: list[Turn], *, n_weights: int = 0) -> Row | None:
    roles = tuple([turn.role for turn in turns])
    # A key that is there twice is in the text and not in the value.
    if not _is_proper(roles) or not are_keys_held(line, 1 + 2 * len(turns) + n_weights):
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
