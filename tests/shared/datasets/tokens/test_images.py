"""Tokens of images, from the size in their headers."""

import base64
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.datasets.tokens.data_urls import find_data_url_size
from shared.datasets.tokens.images import PatchRule, TileRule, count_image, count_patches

_4O = TileRule(base_tokens=85, tile_tokens=170)


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height) + b"\x08\x06\x00\x00\x00"


def jpeg(width: int, height: int, *, metadata_bytes: int = 14, marker: int = 0xC0) -> bytes:
    """A JPEG as cameras write it: start, metadata, tables, then the frame."""
    segments = b"\xff\xe0" + struct.pack(">H", metadata_bytes + 2) + b"\xff" * metadata_bytes
    tables = b"\xff\xff\xc4" + struct.pack(">H", 6) + b"\x01\x02\x03\x04"
    frame = bytes([0xFF, marker]) + struct.pack(">HBHHB", 17, 8, height, width, 3) + bytes(9)
    return b"\xff\xd8" + segments + tables + frame + b"\xff\xda"


def webp(kind: bytes, body: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 100) + b"WEBP" + kind + struct.pack("<I", len(body)) + body + bytes(20)


_WEBPS = {
    "lossy": webp(b"VP8 ", b"\x00\x00\x00\x9d\x01\x2a" + struct.pack("<HH", 640 | 0x4000, 480)),
    "lossless": webp(b"VP8L", b"\x2f" + struct.pack("<I", 639 | 479 << 14)),
    "extended": webp(b"VP8X", bytes(4) + (639).to_bytes(3, "little") + (479).to_bytes(3, "little")),
}


def data_url(image: bytes, kind: str = "png") -> str:
    return f"data:image/{kind};base64,{base64.b64encode(image).decode()}"


class TestSize:
    @pytest.mark.parametrize(
        "image",
        [png(640, 480), jpeg(640, 480), jpeg(640, 480, marker=0xC2), *_WEBPS.values()],
        ids=["png", "jpeg", "progressive jpeg", *_WEBPS],
    )
    def test_stands_in_the_header(self, image: bytes) -> None:
        """Width and height of every format the service takes are read without decoding."""
        assert find_data_url_size(data_url(image)) == (640, 480)

    def test_is_found_behind_much_metadata(self) -> None:
        """A JPEG whose frame begins after 60 kB of metadata is read on to there."""
        image = jpeg(4000, 3000, metadata_bytes=60_000)

        assert find_data_url_size(data_url(image, "jpeg")) == (4000, 3000)

    @pytest.mark.parametrize(
        "url",
        [
            "https://example.com/a.png",
            "data:image/png,%89PNG",
            "data:image/png;base64",
            "data:image/png;base64,",
            "data:image/png;base64,iVBORw0KGgo",
            "data:image/gif;base64,R0lGODlhAQABAAAAACw=",
            data_url(png(0, 480)),
            data_url(jpeg(640, 480)[:20]),
            data_url(b"\xff\xd8\xff\xda" + bytes(40)),
            data_url(_WEBPS["lossy"][:20]),
            data_url(webp(b"ABCD", bytes(20))),
            "data:image/png;base64,é",
            "data:image/png;base64," + "A" * 100_000,
            "",
        ],
    )
    def test_is_unknown_where_nothing_tells(self, url: str) -> None:
        """Remote, damaged and foreign images have no size here, and nothing is fetched to learn it."""
        assert find_data_url_size(url) is None

    @given(
        magic=st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBPVP8X"]), rest=st.binary()
    )
    def test_of_any_bytes_raises_nothing(self, magic: bytes, rest: bytes) -> None:
        """Whatever the bytes, there is a size of at least one pixel or none."""
        size = find_data_url_size(data_url(magic + rest))

        assert size is None or min(size) > 0

    @given(payload=st.text())
    def test_of_any_text_raises_nothing(self, payload: str) -> None:
        """What is no base64 has no size."""
        assert find_data_url_size(f"data:image/png;base64,{payload}") is None


class TestTiles:
    @pytest.mark.parametrize(("width", "height", "tokens"), [(1024, 1024, 765), (2048, 4096, 1105), (1, 1, 255)])
    def test_cost_what_the_guide_says(self, width: int, height: int, tokens: int) -> None:
        """The examples of the vision guide for gpt-4o come out."""
        assert _4O.tokens(width, height) == tokens

    def test_of_the_small_model_cost_more(self) -> None:
        """The same image costs gpt-4o-mini 25,501 tokens."""
        assert TileRule(2833, 5667).tokens(1024, 1024) == 25_501

    def test_do_not_care_which_side_is_up(self) -> None:
        """A picture turned by a quarter costs the same."""
        assert _4O.tokens(3000, 1111) == _4O.tokens(1111, 3000)


class TestPatches:
    @pytest.mark.parametrize(
        ("width", "height", "patches"), [(1024, 1024, 1024), (1800, 2400, 1452), (32, 32, 1), (33, 32, 2)]
    )
    def test_are_as_many_as_the_guide_says(self, width: int, height: int, patches: int) -> None:
        """The examples of the vision guide come out, with and without making the image smaller."""
        assert count_patches(width, height) == patches

    @pytest.mark.parametrize(("percent", "tokens"), [(162, 1659), (246, 2520), (172, 1762)])
    def test_are_multiplied_by_the_models_factor(self, percent: int, tokens: int) -> None:
        """1,024 patches cost 1.62, 2.46 or 1.72 times as many tokens, rounded up."""
        assert PatchRule(percent).tokens(1024, 1024) == tokens

    @given(width=st.integers(1, 60_000), height=st.integers(1, 60_000))
    def test_are_never_more_than_1536(self, width: int, height: int) -> None:
        """The bound holds for every shape, and every image has a patch."""
        assert 1 <= count_patches(width, height) <= 1536


class TestCountImage:
    def test_an_image_in_the_row_is_exact(self) -> None:
        """With the size known the count is no estimate; detail is high unless low is asked for."""
        image = {"url": data_url(png(1024, 1024))}

        for detail in ({}, {"detail": "auto"}, {"detail": "high"}):
            counted = count_image(image | detail, _4O)

            assert (counted.tokens, counted.is_estimated) == (765, False)

    def test_low_detail_costs_the_base_whatever_the_size(self) -> None:
        """Low detail costs 85 tokens, and needs no size."""
        counted = count_image({"url": "https://example.com/a.png", "detail": "low"}, _4O)

        assert (counted.tokens, counted.is_estimated) == (85, False)

    @pytest.mark.parametrize("image", [{"url": "https://example.com/a.png"}, "https://example.com/a.png", {}, None, 7])
    def test_an_image_elsewhere_is_taken_for_a_megapixel(self, image: object) -> None:
        """What cannot be looked at counts as 1024 by 1024 in high detail, as an estimate."""
        counted = count_image(image, _4O)

        assert (counted.tokens, counted.is_estimated) == (765, True)

    def test_low_detail_by_patches_is_an_estimate(self) -> None:
        """No rule is published for low detail on models that count patches: it counts as high."""
        counted = count_image({"url": data_url(png(1024, 1024)), "detail": "low"}, PatchRule(162))

        assert (counted.tokens, counted.is_estimated) == (1659, True)

    def test_an_image_for_a_model_without_eyes_is_an_estimate(self) -> None:
        """A model that takes no images has no rule; the count is that of gpt-4o, as an estimate."""
        counted = count_image({"url": data_url(png(1024, 1024))}, None)

        assert (counted.tokens, counted.is_estimated) == (765, True)
