"""What makes two rows the same: roles, texts and calls, after compatibility normalisation and with white space
collapsed. Case counts.

Keeps 36 bytes a row instead of its text, so that a file of millions of rows can be compared with itself.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any
from unicodedata import normalize

import msgspec
from xxhash import xxh3_64_digest, xxh3_128_digest

from shared.byte_search import count_bytes, split_bytes, translate_bytes
from shared.datasets.row import Format, Row

_SPACES = bytes(0x20 if byte in b"\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f" else byte for byte in range(256))
_WIDE_SIGNS = tuple((chr(ord(sign) + 0xFEE0), sign) for sign in ",:;!?()")
"""Full-width signs, and what NFKC makes of them whatever stands beside them."""

_ORDERS_KEPT = 256
_PROMPT_ROLES = frozenset({"system", "developer"})
_PROMPTS_KEPT = 256
_MAX_KEPT_CHARS = 16_384
_TURN_END = b"\x02"
_TEXT_END = b"\x03"
_encode_sorted = msgspec.json.Encoder(order="deterministic").encode


Digests = tuple[bytes, bytes, bytes]
"""Of the prompt (16 bytes: all turns before the answer, and the tools), of the answer (8; of a reinforcement row: its
items), and of what was asked (8: the last turn before the answer; of a preference row: the rejected answer)."""


def canonical_text(text: str) -> bytes:
    """`text` in NFKC, each run of white space one space, none at the ends.

    The four line separators outside ASCII stay: looking for them costs more than they are worth.
    """
    return _canonical_texts([text])[0]


def _canonical_texts(texts: Sequence[str]) -> list[bytes]:
    """The canonical form of each text; that of hundreds together costs half as much as one by one."""
    written = [(text if text.isascii() else _normalize(text)).encode() for text in texts]
    joined = translate_bytes(_TEXT_END.join(written), _SPACES)
    pieces = split_bytes(joined, b"  ")
    if len(pieces) > 1:
        joined = b" ".join([piece for piece in [piece.lstrip(b" ") for piece in pieces] if piece])
    canonical = joined.split(_TEXT_END) if len(texts) > 1 else [joined]
    if len(canonical) != len(texts):
        return [canonical_text(text) for text in texts]
    return [text.strip(b" ") for text in canonical]


def _normalize(text: str) -> str:
    """NFKC. The few signs that make most Chinese and Japanese texts need it are replaced before: a text that needs
    nothing more is seen to be so ten times as fast as it is normalised.
    """
    for wide, narrow in _WIDE_SIGNS:
        if wide in text:
            text = text.replace(wide, narrow)
    return normalize("NFKC", text)


@lru_cache(_PROMPTS_KEPT)
def _canonical_prompt(text: str) -> bytes:
    return canonical_text(text) + _TURN_END


def canonical_json(value: Any) -> bytes:
    """Equal for values that differ in the order of keys only."""
    return _encode_sorted(value)


def make_digests(row: Row) -> Digests:
    """Fingerprints of a row. Not made to withstand someone who looks for collisions in his own file."""
    return next(iter(make_all_digests([row])))


def make_all_digests(rows: Sequence[Row]) -> Iterator[Digests]:
    """Fingerprints of each row."""
    for row, turns in zip(rows, _canonical_turns(rows), strict=True):
        head, _, answer = turns.rpartition(_TURN_END)
        asked = head[head.rfind(_TURN_END) + 1 :]
        prompt = _write_roles(row.roles) + head + row.tools
        if row.format is Format.REINFORCEMENT:
            prompt, asked, answer = prompt + _TURN_END + answer, answer, canonical_json(row.items)
        elif row.rejected is not None:
            asked = canonical_text(row.rejected.content)
        yield xxh3_128_digest(prompt), xxh3_64_digest(answer), xxh3_64_digest(asked)


@lru_cache(_ORDERS_KEPT)
def _write_roles(roles: tuple[str, ...]) -> bytes:
    return "\x01".join(roles).encode() + _TURN_END


def _canonical_turns(rows: Sequence[Row]) -> list[bytes]:
    """The turns of each row in canonical form, with `_TURN_END` between them and nowhere else."""
    written = [_write_turns(row) for row in rows]
    begins = [_canonical_begin(row, turns[0]) for row, turns in zip(rows, written, strict=True)]
    # One text of all turns is twice as fast as one for each; but rows begin with the same few prompts.
    others = ["\x02".join(turns[1:] if begin else turns) for begin, turns in zip(begins, written, strict=True)]
    whole = [begin + text for begin, text in zip(begins, _canonical_texts(others), strict=True)]
    return [
        text if count_bytes(text, _TURN_END) == len(turns) - 1 else _join_turns(turns)
        for text, turns in zip(whole, written, strict=True)
    ]


def _join_turns(turns: list[str]) -> bytes:
    """The same for a row whose texts have the mark that should stand between them."""
    return _TURN_END.join([canonical_text(text).replace(_TURN_END, b"") for text in turns])


def _write_turns(row: Row) -> list[str]:
    """What is said in each turn, and what is called."""
    if not row.calls:
        return [turn.content.strip() for turn in row.turns]
    return [turn.content.strip() + row.calls.get(number, "") for number, turn in enumerate(row.turns)]


def _canonical_begin(row: Row, text: str) -> bytes:
    """The first turn in canonical form if it is a prompt that other rows may have too."""
    return _canonical_prompt(text) if row.roles[0] in _PROMPT_ROLES and len(text) <= _MAX_KEPT_CHARS else b""
