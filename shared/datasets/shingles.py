"""Texts as sets of overlapping pieces, hashed, many texts at once: what near duplicates are told by.

Texts are normalised: NFKC, ASCII in lower case, and what of it is no letter, digit or underscore a space. A piece is
five words; in texts of fewer than 20 words nine characters, or five where the script has no spaces.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple
from unicodedata import normalize

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.uint32]
_Flags = npt.NDArray[np.bool_]

_WORDS = 5
_MIN_WORDS = 20
_BYTES = 9
_BYTES_WITHOUT_SPACES = 15
"""Five characters of three bytes."""

_MAX_CHARS = 100_000
"""Looked at of one text."""

_IS_NOT_WORD = re.compile(rb"[^\w\x80-\xff]+")
_WITHOUT_SPACES = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_IS_WORD: _Flags = np.array([chr(byte).isalnum() or byte == ord("_") or byte > 127 for byte in range(256)])  # noqa: PLR2004 - ASCII ends
_FACTORS: Hashes = np.array([pow(0xC2B2AE3D27D4EB4F, power, 1 << 64) for power in range(1, 16)], dtype=np.uint64)
_BASE = 0x100000001B3
_MIXER = np.uint64(0x9E3779B97F4A7C15)
_SHIFTS = (np.uint64(32), np.uint64(29))


class Shingles(NamedTuple):
    """Hashes, and the number of the text that each is from."""

    hashes: Hashes
    texts: Numbers


def make_shingles(texts: Sequence[str]) -> Shingles:
    """The pieces of `texts`; one that a text has twice may be there twice. Time and memory are linear."""
    encoded = [_normalise(text) for text in texts]
    data = np.frombuffer(b" ".join(encoded) + b" ", dtype=np.uint8)
    ends = np.cumsum([len(text) + 1 for text in encoded])
    is_word = _IS_WORD[data]
    before = np.concatenate(([False], is_word[:-1]))
    starts = np.flatnonzero(is_word & ~before)
    word_ends = np.flatnonzero(~is_word & before)
    text_of_word = np.searchsorted(ends, starts, side="right").astype(np.uint32)
    is_long = np.bincount(text_of_word, minlength=len(texts)) >= _MIN_WORDS
    by_words = _cut_words(data, starts, word_ends, text_of_word, is_long)
    return _join([by_words, *_cut_short(encoded, is_long)])


def _normalise(text: str) -> bytes:
    text = text[:_MAX_CHARS]
    # Case is folded in ASCII only: other scripts take ten times as long, and few rows differ in nothing else.
    return (text if text.isascii() else normalize("NFKC", text)).encode().lower()


def _cut_words(
    data: npt.NDArray[np.uint8],
    starts: npt.NDArray[np.intp],
    ends: npt.NDArray[np.intp],
    texts: Numbers,
    is_long: _Flags,
) -> Shingles:
    """Pieces of five words, of the texts that are long."""
    words = _hash_words(data, starts, ends)
    n_runs = max(len(words) - _WORDS + 1, 0)
    hashes = _combine(words, _WORDS, n_runs)
    is_within = (texts[:n_runs] == texts[len(texts) - n_runs :]) & is_long[texts[:n_runs]]
    return Shingles(hashes[is_within], texts[:n_runs][is_within])


def _hash_words(data: npt.NDArray[np.uint8], starts: npt.NDArray[np.intp], ends: npt.NDArray[np.intp]) -> Hashes:
    """One hash a word: its bytes as a polynomial, the difference of two prefix sums, brought to a common power."""
    powers, inverses = _powers(len(data))
    sums = np.concatenate((np.zeros(1, dtype=np.uint64), np.cumsum((data + np.uint64(1)) * powers)))
    return _mix((sums[ends] - sums[starts]) * inverses[starts])


def _cut_short(encoded: Sequence[bytes], is_long: _Flags) -> list[Shingles]:
    """Pieces of bytes, of the texts that are not long."""
    cut = []
    for length in (_BYTES, _BYTES_WITHOUT_SPACES):
        chosen = [number for number in np.flatnonzero(~is_long).tolist() if _piece_length(encoded[number]) == length]
        squeezed = [b" ".join(_IS_NOT_WORD.sub(b" ", encoded[number]).split()) for number in chosen]
        units = np.frombuffer(b"".join(squeezed), dtype=np.uint8).astype(np.uint64)
        texts = np.repeat(np.array(chosen, dtype=np.uint32), [len(text) for text in squeezed])
        n_runs = max(len(units) - length + 1, 0)
        is_within = texts[:n_runs] == texts[len(texts) - n_runs :]
        cut.append(Shingles(_combine(units, length, n_runs)[is_within], texts[:n_runs][is_within]))
    return cut


def _piece_length(text: bytes) -> int:
    if text.isascii() or _WITHOUT_SPACES.search(text.decode()) is None:
        return _BYTES
    return _BYTES_WITHOUT_SPACES


def _combine(units: Hashes, length: int, n_runs: int) -> Hashes:
    """One hash for each run of `length` units."""
    total = np.zeros(n_runs, dtype=np.uint64)
    for place in range(length if n_runs else 0):
        total += (units[place : place + n_runs] + np.uint64(1)) * _FACTORS[place]
    return _mix(total)


def _mix(values: Hashes) -> Hashes:
    """Spreads each bit over all, as the multiplications alone leave the low ones poor."""
    values = (values ^ (values >> _SHIFTS[0])) * _MIXER
    return values ^ (values >> _SHIFTS[1])


_cached_powers: list[tuple[Hashes, Hashes]] = []


def _powers(count: int) -> tuple[Hashes, Hashes]:
    """The first powers of the base modulo 2**64, and those of its inverse."""
    if not _cached_powers or len(_cached_powers[0][0]) < count:
        inverse = pow(_BASE, -1, 1 << 64)
        tables = []
        for base in (_BASE, inverse):
            table = np.full(count, base, dtype=np.uint64)
            table[0] = 1
            tables.append(np.cumprod(table))
        _cached_powers[:] = [(tables[0], tables[1])]
    powers, inverses = _cached_powers[0]
    return powers[:count], inverses[:count]


def _join(parts: Sequence[Shingles]) -> Shingles:
    return Shingles(np.concatenate([part.hashes for part in parts]), np.concatenate([part.texts for part in parts]))
