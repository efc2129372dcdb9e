"""Whole files of rows, seeded, written block by block by two processes in memory that does not grow."""

import json
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from random import Random

from benchmarks.chats.rows import RowMaker

_BLOCK_BYTES = 4 << 20
_DUPLICATES = 0.004
_NEAR_DUPLICATES = 0.003
_ESCAPED = 0.15
"""Rows written as Python's json writes them unless told otherwise: in ASCII."""

_PERSONAL = 0.004
_KEPT_ROWS = 200


def make_block(seed: int, number: int, size_bytes: int = _BLOCK_BYTES) -> bytes:
    """At least so many bytes of whole lines; the same for the same seed and number."""
    random = Random(f"{seed}:{number}")
    maker = RowMaker(random)
    lines: list[bytes] = []
    held = 0
    while held < size_bytes:
        line = _copy(lines, random) or _write(maker.make(), random)
        lines.append(line)
        held += len(line)
    return b"".join(lines)


def write_file(path: Path, *, megabytes: int, seed: int) -> None:
    """Write at least so many MB (of 10**6 bytes)."""
    with path.open("wb") as file, get_context("spawn").Pool(2) as pool:
        for block in pool.imap(_make_numbered, ((seed, number) for number in _numbers(megabytes))):
            file.write(block)


def _numbers(megabytes: int) -> Iterator[int]:
    yield from range(-(-megabytes * 10**6 // _BLOCK_BYTES))


def _make_numbered(task: tuple[int, int]) -> bytes:
    return make_block(*task)


def _copy(lines: list[bytes], random: Random) -> bytes | None:
    """Now and then an earlier line once more, as it is or with another last word."""
    chance = random.random()
    if not lines or chance >= _DUPLICATES + _NEAR_DUPLICATES:
        return None
    line = random.choice(lines[-_KEPT_ROWS:])
    if chance < _DUPLICATES:
        return line
    row = json.loads(line)
    row["messages"][-1]["content"] += " OK."
    return _write(row, random)


def _write(row: dict[str, object], random: Random) -> bytes:
    if random.random() < _PERSONAL:
        row["messages"][-1]["content"] += f" Write to person{random.randrange(999)}@mail.example.com."  # type: ignore[index]
    return json.dumps(row, ensure_ascii=random.random() < _ESCAPED).encode() + b"\n"
