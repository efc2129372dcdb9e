"""What counting has to know of a hosted model: its encoding, its limit per example and its rules for images and tools.

Sources: OpenAI's fine-tuning and vision guides, its cookbook, and tiktoken's table of models (0.14).
"""

import re
from dataclasses import dataclass

from shared.datasets.tokens.images import ImageRule, PatchRule, TileRule
from shared.datasets.tokens.vocabulary import EncodingName

_TILES_4O = TileRule(base_tokens=85, tile_tokens=170)
_TILES_4O_MINI = TileRule(base_tokens=2833, tile_tokens=5667)
_TILES_REASONING = TileRule(base_tokens=75, tile_tokens=150)
_TILES_5 = TileRule(base_tokens=70, tile_tokens=140)
_PATCHES_162, _PATCHES_172, _PATCHES_246 = PatchRule(162), PatchRule(172), PatchRule(246)

_SNAPSHOT = re.compile(r"-(\d{4}(-\d{2}-\d{2})?|latest|preview)(-preview)?$")
_AZURE_JOB = re.compile(r"\.ft-.*$")


@dataclass(frozen=True)
class TokenModel:
    name: str
    """The base model, without `ft:`, organisation and suffix."""
    family: str
    """The name without the date of its snapshot."""
    encoding: EncodingName
    limit_tokens: int | None
    """Longer training examples are cut at the end; None where no limit is published."""
    images: ImageRule | None
    """None for a model that takes no images."""
    is_known: bool = True

    @property
    def function_tokens(self) -> int:
        """Tokens around each function in a list of tools, by the cookbook's measurement."""
        return 7 if self.encoding is EncodingName.O200K else 10


@dataclass(frozen=True)
class _Family:
    encoding: EncodingName
    limit_tokens: int | None = None
    images: ImageRule | None = None


_FAMILIES = {
    "babbage-002": _Family(EncodingName.CL100K, 16_384),
    "davinci-002": _Family(EncodingName.CL100K, 16_384),
    "gpt-3.5-turbo": _Family(EncodingName.CL100K, 16_385),
    "gpt-4": _Family(EncodingName.CL100K, 8_192),
    "gpt-4-turbo": _Family(EncodingName.CL100K, images=_TILES_4O),
    "gpt-4o": _Family(EncodingName.O200K, 65_536, _TILES_4O),
    "gpt-4o-mini": _Family(EncodingName.O200K, 65_536, _TILES_4O_MINI),
    "gpt-4.1": _Family(EncodingName.O200K, 65_536, _TILES_4O),
    "gpt-4.1-mini": _Family(EncodingName.O200K, 65_536, _PATCHES_162),
    "gpt-4.1-nano": _Family(EncodingName.O200K, 65_536, _PATCHES_246),
    "gpt-4.5": _Family(EncodingName.O200K, images=_TILES_4O),
    "gpt-5": _Family(EncodingName.O200K, images=_TILES_5),
    "gpt-5-mini": _Family(EncodingName.O200K, images=_PATCHES_162),
    "gpt-5-nano": _Family(EncodingName.O200K, images=_PATCHES_246),
    "o1": _Family(EncodingName.O200K, images=_TILES_REASONING),
    "o3": _Family(EncodingName.O200K, images=_TILES_REASONING),
    "o4-mini": _Family(EncodingName.O200K, images=_PATCHES_172),
}
_SNAPSHOT_LIMITS = {"gpt-3.5-turbo-0613": 4_096}
_UNKNOWN = _Family(EncodingName.O200K, images=_TILES_4O)


def get_token_model(name: str) -> TokenModel:
    """The rules for `name`: a base model, a dated snapshot, or a model tuned from one by OpenAI or Azure.

    A name of no known family gets the rules of gpt-4o without a limit, and `is_known` is False.
    """
    base = base_name(name)
    family = _SNAPSHOT.sub("", base)
    rules = _FAMILIES.get(family, _UNKNOWN)
    return TokenModel(
        name=base,
        family=family,
        encoding=rules.encoding,
        limit_tokens=_SNAPSHOT_LIMITS.get(base, rules.limit_tokens),
        images=rules.images,
        is_known=family in _FAMILIES,
    )


def base_name(name: str) -> str:
    """`ft:gpt-4o-mini-2024-07-18:acme::a1:ckpt-step-9` and Azure's `….ft-<job>` without what tuning added."""
    if name.startswith("ft:"):
        name = name.removeprefix("ft:").partition(":")[0]
    return _AZURE_JOB.sub("", name).replace("gpt-35-", "gpt-3.5-", 1)
