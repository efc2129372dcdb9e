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
from xxhash import xxh3_64_intdigest

Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.uint32]
Places = npt.NDArray[np.intp]
_Flags = npt.NDArray[np.bool_]

_WORDS = 5
_MIN_WORDS = 20
_BYTES = 9
_BYTES_WITHOUT_SPACES = 15
"""Five characters of three bytes."""

_MAX_CHARS = 100_000
"""Looked at of one text."""

_HASHED_BYTES = 64
"""Of a word, eight at a time; a longer one is hashed by itself."""

_WIDE_SIGNS = "\uff0c\uff1a\uff1b\uff01\uff1f\uff08\uff09"
"""NFKC makes ASCII of them, which is no letter. Without them most Chinese and Japanese texts are in NFKC already, which
is seen five times as fast as it is brought about."""

_IS_NOT_WORD = re.compile(rb"[^\w\x80-\xff]+")
_WITHOUT_SPACES = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_FACTORS: Hashes = np.array([pow(0xC2B2AE3D27D4EB4F, power, 1 << 64) for power in range(1, 16)], dtype=np.uint64)
_MIXER = np.uint64(0x9E3779B97F4A7C15)
_SHIFTS = (np.uint64(32), np.uint64(29))
_HEADS: Hashes = np.array([(1 << 8 * length) - 1 for length in range(9)], dtype=np.uint64)
"""What is left of eight bytes, the first one lowest, when only so many count."""


class Shingles(NamedTuple):
    """Hashes, and the number of the text that each is from."""

    hashes: Hashes
    texts: Numbers


def make_shingles(texts: Sequence[str]) -> Shingles:
    """The pieces of `texts`; one that a text has twice may be there twice. Time and memory are linear."""
    encoded = [_normalise(text) for text in texts]
    data = b" %b        " % b" ".join(encoded)
    starts, ends = _find_words(np.frombuffer(data, dtype=np.uint8))
    next_texts = np.cumsum([len(text) + 1 for text in encoded]) + 1
    n_words = np.diff(np.searchsorted(starts, next_texts), prepend=0)
    text_of_word = np.repeat(np.arange(len(texts), dtype=np.uint32), n_words)
    is_long = n_words >= _MIN_WORDS
    by_words = _cut_words(_hash_words(data, starts, ends), text_of_word, is_long)
    return _join([by_words, *_cut_short(encoded, is_long)])


def _normalise(text: str) -> bytes:
    text = text[:_MAX_CHARS]
    if not text.isascii():
        for sign in _WIDE_SIGNS:
            if sign in text:
                text = text.replace(sign, " ")
        text = normalize("NFKC", text)
    # Case is folded in ASCII only: other scripts take ten times as long, and few rows differ in nothing else.
    return text.encode().lower()


def _find_words(data: npt.NDArray[np.uint8]) -> tuple[Places, Places]:
    """Where words begin and end in lower case that begins and ends with a space."""
    # Comparing, in which numbers below 0 are large, takes a fifth of the time of looking up.
    is_word = (data - np.uint8(ord("a")) < 26) | (data - np.uint8(ord("0")) < 10) | (data == ord("_")) | (data > 127)  # noqa: PLR2004 - letters, digits, beyond ASCII
    edges = np.flatnonzero(is_word[1:] != is_word[:-1]) + 1
    return edges[::2], edges[1::2]


def _hash_words(data: bytes, starts: Places, ends: Places) -> Hashes:
    """One hash a word. `data` goes on for eight bytes behind the last one."""
    eights: Hashes = np.ndarray(len(data) - 7, dtype="<u8", buffer=data, strides=(1,))
    lengths = ends - starts
    hashes = _mix(eights[starts] & _HEADS[np.minimum(lengths, 8)])
    for done in range(8, _HASHED_BYTES, 8):
        longer = np.flatnonzero(lengths > done)
        if not len(longer):
            return hashes
        more = eights[starts[longer] + done] & _HEADS[np.minimum(lengths[longer] - done, 8)]
        hashes[longer] = _mix(hashes[longer] * _FACTORS[0] + more)
    for number in np.flatnonzero(lengths > _HASHED_BYTES).tolist():
        hashes[number] = xxh3_64_intdigest(data[starts[number] : ends[number]])
    return hashes


def _cut_words(words: Hashes, texts: Numbers, is_long: _Flags) -> Shingles:
    """Pieces of five words, of the texts that are long."""
    n_runs = max(len(words) - _WORDS + 1, 0)
    hashes = _combine(words, _WORDS, n_runs)
    is_within = (texts[:n_runs] == texts[len(texts) - n_runs :]) & is_long[texts[:n_runs]]
    return Shingles(hashes[is_within], texts[:n_runs][is_within])


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


def _join(parts: Sequence[Shingles]) -> Shingles:
    return Shingles(np.concatenate([part.hashes for part in parts]), np.concatenate([part.texts for part in parts]))
