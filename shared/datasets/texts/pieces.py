"""A glance at many texts together: which have pieces that stand in them more than once.

A piece is 20 bytes from the beginning of a word on, of which the first and the last eight are looked at. Refuses to
know what is wrong with saying something twice.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_MAX_CHARS = 30_000
"""Looked at of one text."""

_SECOND = 12
_MIN_SHARE = 0.03
"""Of its pieces. Of a text of which a fifth is in runs of ten words said again, a twentieth stands there again."""

_MIN_WORD_BYTES = 3
"""In the mean, with the blank. Ten shorter words may be shorter than a piece: such texts are not judged by pieces."""

_FACTORS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))
_TEXT_BITS = 24


def find_repeating(texts: Sequence[str]) -> list[int]:
    """Numbers of the texts in which more than a few pieces may stand again; at most 16 million texts."""
    encoded = [text[:_MAX_CHARS].encode() for text in texts]
    data = b"%b%b" % (b"\0".join(encoded), bytes(_SECOND + 8))
    starts = _find_starts(np.frombuffer(data, dtype=np.uint8)[: -_SECOND - 8])
    eights: npt.NDArray[np.uint64] = np.ndarray(len(data) - 7, dtype="<u8", buffer=data, strides=(1,))
    pieces = eights[starts] * _FACTORS[0]
    pieces = ((pieces ^ (pieces >> np.uint64(31))) + eights[starts + _SECOND]) * _FACTORS[1]
    ends = np.cumsum([len(text) + 1 for text in encoded])
    n_pieces = np.diff(np.searchsorted(starts, ends), prepend=0)
    numbers = np.repeat(np.arange(len(texts), dtype=np.uint64), n_pieces)
    keys = (pieces >> np.uint64(_TEXT_BITS)) | (numbers << np.uint64(64 - _TEXT_BITS))
    keys.sort()
    again = keys[1:][keys[1:] == keys[:-1]] >> np.uint64(64 - _TEXT_BITS)
    n_again = np.bincount(again.astype(np.intp), minlength=len(texts))
    has_short_words = np.diff(ends, prepend=0) < _MIN_WORD_BYTES * n_pieces
    found: list[int] = np.flatnonzero((n_again > _MIN_SHARE * n_pieces) | has_short_words).tolist()
    return found


def _find_starts(data: npt.NDArray[np.uint8]) -> npt.NDArray[np.intp]:
    """Where words may begin: behind a blank, or behind what is the last byte of one outside ASCII."""
    is_blank = (data <= ord(" ")) | (data == 0x80) | (data == 0x85) | (data == 0xA0)  # noqa: PLR2004 - of U+3000, U+0085, U+00A0
    return np.flatnonzero(is_blank[:-1] & ~is_blank[1:]) + 1
