"""Tokens of an image in a chat, by the two rules of OpenAI's vision guide. Fetches nothing, decodes nothing."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from shared.datasets.tokens.data_urls import find_data_url_size

_UNKNOWN_SIZE = (1024, 1024)
"""What an image is taken for that cannot be looked at."""
_MOST_PATCHES = 1536


@dataclass(frozen=True)
class TileRule:
    """A base, and a price for each 512-pixel tile of the image made smaller."""

    base_tokens: int
    tile_tokens: int

    def tokens(self, width: int, height: int) -> int:
        """Fit into 2048 by 2048, then the short side into 768, then count tiles."""
        scale = min(Fraction(1), Fraction(2048, max(width, height)), Fraction(768, min(width, height)))
        n_tiles = math.ceil(width * scale / 512) * math.ceil(height * scale / 512)
        return self.base_tokens + self.tile_tokens * n_tiles

    def low_detail_tokens(self) -> int:
        return self.base_tokens


@dataclass(frozen=True)
class PatchRule:
    """Patches of 32 by 32 pixels, at most 1536 of them, times a factor of the model."""

    percent: int
    """The factor times a hundred."""

    def tokens(self, width: int, height: int) -> int:
        return math.ceil(count_patches(width, height) * self.percent / 100)

    def low_detail_tokens(self) -> None:
        """Not published."""


ImageRule = TileRule | PatchRule


@dataclass(frozen=True)
class ImageTokens:
    tokens: int
    is_estimated: bool


def count_patches(width: int, height: int) -> int:
    """Patches that cover the image, which is made smaller if there would be more than 1536."""
    n_patches = math.ceil(width / 32) * math.ceil(height / 32)
    if n_patches <= _MOST_PATCHES:
        return n_patches
    ratio = math.sqrt(32 * 32 * _MOST_PATCHES / (width * height))
    across, down = width * ratio / 32, height * ratio / 32
    # A strip thinner than a patch still has one across.
    ratio = min(max(1, math.floor(across)) / across, max(1, math.floor(down)) / down)
    # Rounded first: one of the two products is a whole number but for the last bits.
    return min(_MOST_PATCHES, math.ceil(round(across * ratio, 6)) * math.ceil(round(down * ratio, 6)))


def count_image(image_url: object, rule: ImageRule | None) -> ImageTokens:
    """Tokens of an `image_url` part's value. Detail `auto` counts as high.

    Estimated: an image that is not in the row itself, a damaged one, low detail where no rule is published, and any
    image for a model that takes none.
    """
    url, detail = _url_and_detail(image_url)
    rule_or_default = rule or TileRule(base_tokens=85, tile_tokens=170)
    low = rule_or_default.low_detail_tokens() if detail == "low" else None
    if low is not None:
        return ImageTokens(low, is_estimated=rule is None)
    size = find_data_url_size(url)
    tokens = rule_or_default.tokens(*(size or _UNKNOWN_SIZE))
    return ImageTokens(tokens, is_estimated=rule is None or size is None or detail == "low")


def _url_and_detail(image_url: object) -> tuple[str, Any]:
    if isinstance(image_url, Mapping):
        url = image_url.get("url")
        return url if isinstance(url, str) else "", image_url.get("detail")
    return image_url if isinstance(image_url, str) else "", None
