"""What stringzilla finds is what Python finds."""

import random

from shared.byte_search import count_bytes, find_bytes, split_bytes, translate_bytes

_PIECES = [
    b" ",
    b"  ",
    b"\n",
    b"\n\n",
    b'"',
    b'":',
    b'\\":',
    b"\\",
    b":",
    b"a",
    b"word" * 30,
    b"\x00",
    b"\xff",
    "中".encode(),
]
_NEEDLES = [b"\n", b"  ", b'":', b'\\":', b'\\\\":', b" :", b"\x02"]


def test_finds_counts_and_cuts_as_python_does() -> None:
    """For any mixture of bytes, short and long, each search gives what Python's own method gives."""
    chosen = random.Random(20261125)
    table = bytes(chosen.randrange(256) for _ in range(256))
    for _ in range(5_000):
        data = b"".join(chosen.choices(_PIECES, k=chosen.randrange(60)))
        needle = chosen.choice(_NEEDLES)

        assert count_bytes(data, needle) == data.count(needle), (data, needle)
        assert find_bytes(data, needle) == data.find(needle), (data, needle)
        assert split_bytes(data, needle) == data.split(needle), (data, needle)
        assert translate_bytes(data, table) == data.translate(table), data
