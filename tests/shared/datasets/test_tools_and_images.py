"""Schemas of tools, arguments of calls, and images, in more detail than their codes need."""

import base64
import struct
import time
import zlib
from typing import Any

import pytest

from shared.datasets.checks.arguments import find_argument_faults
from shared.datasets.checks.image_header import BrokenImageError, ImageHeader, read_image_header
from shared.datasets.checks.schemas import SchemaCache
from tests.shared.datasets.builders import ASSISTANT, chat, check, codes

NESTED: dict[str, Any] = {"type": "object", "properties": {}}
for _ in range(40):
    NESTED = {"type": "object", "properties": {"a": NESTED}, "if": True}


class TestSchemas:
    @pytest.mark.parametrize(
        "schema",
        [
            {},
            {
                "type": "object",
                "properties": {"a": {"type": ["string", "null"], "enum": ["x", None]}},
                "required": ["a"],
            },
            {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"type": "integer"}}},
            {"type": "array", "items": {"anyOf": [{"type": "number"}, True]}, "minItems": 1, "uniqueItems": True},
            {"type": "string", "pattern": r"^\p{L}+$", "format": "date", "x-note": 5},
            {"if": {"type": "string"}, "then": {"minLength": 1}, "dependentRequired": {"a": ["b"]}},
            {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"},
            NESTED,
        ],
    )
    def test_sound(self, schema: Any) -> None:
        """What the draft allows has no fault, be it proven here or by the full check."""
        assert SchemaCache().find_fault(schema) is None

    @pytest.mark.parametrize(
        "schema",
        [
            {"type": "str"},
            {"type": []},
            {"required": "a"},
            {"required": ["a", "a"]},
            {"properties": ["a"]},
            {"properties": {"a": "string"}},
            {"items": [{"type": "string"}]},
            {"enum": "a"},
            {"minLength": -1},
            {"minimum": "0"},
            {"anyOf": []},
            {"$ref": 5},
            {"if": 5},
            {"description": 5},
        ],
    )
    def test_broken(self, schema: Any) -> None:
        """What the draft forbids is told with its place."""
        assert SchemaCache().find_fault(schema) is not None

    def test_are_checked_in_full_only_so_much(self) -> None:
        """A file of thousands of odd schemas takes no longer than the full check is allowed."""
        cache = SchemaCache()
        long = {"properties": {f"p{number}": {"if": {"type": "string"}} for number in range(20_000)}}
        started = time.process_time()

        assert cache.find_fault(long) is None
        assert time.process_time() - started < 1


class TestArguments:
    @pytest.mark.parametrize(
        ("value", "schema", "kinds"),
        [
            ({"a": 1}, {"properties": {"a": {"type": "integer"}}}, []),
            ({"a": 1.0}, {"properties": {"a": {"type": "integer"}}}, []),
            ({"a": True}, {"properties": {"a": {"type": "integer"}}}, ["type"]),
            ({"a": None}, {"properties": {"a": {"type": ["string", "null"]}}}, []),
            ({}, {"required": ["a", "b"]}, ["missing", "missing"]),
            ({"a": "z"}, {"properties": {"a": {"enum": ["x", "y"]}}}, ["enum"]),
            ({"a": 1}, {"properties": {"a": {"const": True}}}, ["enum"]),
            ({"b": 1}, {"properties": {}}, ["unknown"]),
            ({"b": 1}, {"properties": {}, "additionalProperties": True}, []),
            ({"b": 1}, {"properties": {}, "additionalProperties": {"type": "string"}}, []),
            ({"b": 1}, {"type": "object"}, []),
            ({"a": [1, "x"]}, {"properties": {"a": {"items": {"type": "integer"}}}}, ["type"]),
            (
                {"a": {"b": 1}},
                {"properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"required": ["c"]}}},
                ["missing"],
            ),
            ({"a": 1}, {"properties": {"a": {"anyOf": [{"type": "string"}, {"type": "null"}]}}}, ["alternatives"]),
            ({"a": 1}, {"properties": {"a": {"allOf": [{"type": "number"}, {"type": "string"}]}}}, ["type"]),
            ({"a": 1}, {"properties": {"a": {"$ref": "https://example.com/schema"}}}, []),
        ],
    )
    def test_against_schemas(self, value: Any, schema: Any, kinds: list[str]) -> None:
        """Types, choices, required and unknown properties are told apart."""
        assert [fault.kind for fault in find_argument_faults(value, schema)] == kinds

    @pytest.mark.parametrize(
        ("value", "schema"),
        [
            ({"a": "x" * 50_000 + "!"}, {"properties": {"a": {"type": "string", "pattern": "^(x+)+$"}}}),
            ({"a": 1}, {"$ref": "#"}),
            ({"a": {}}, {"properties": {"a": {"$ref": "#"}}}),
            ({"a": list(range(5_000))}, {"properties": {"a": {"items": {"enum": list(range(5_000, 9_000))}}}}),
            (
                {"a": 1},
                {
                    "$ref": "#/$defs/0",
                    "$defs": {str(n): {"anyOf": [{"$ref": f"#/$defs/{n + 1}"}] * 2, "type": "null"} for n in range(40)},
                },
            ),
        ],
    )
    def test_hostile_schemas_take_no_time(self, value: Any, schema: Any) -> None:
        """Neither patterns nor references nor long lists of choices make a check run long."""
        started = time.process_time()

        find_argument_faults(value, schema)

        assert time.process_time() - started < 0.5


def png(colours: int = 2, width: int = 3, height: int = 2) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, colours, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))


def jpeg(n_colours: int = 3) -> bytes:
    profile = b"\xff\xe2" + struct.pack(">H", 1_000) + bytes(998)
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 8 + 3 * n_colours, 8, 2, 3, n_colours) + bytes(3 * n_colours)
    return b"\xff\xd8" + profile + b"\xff" + frame + b"\xff\xd9"


def webp(chunk: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


def shown(data: bytes, label: str = "png") -> bytes:
    url = f"data:image/{label};base64,{base64.b64encode(data).decode()}"
    return chat({"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}, ASSISTANT)


class TestImageHeaders:
    @pytest.mark.parametrize(
        ("data", "header"),
        [
            (png(2), ImageHeader("png", "RGB", 3, 2)),
            (png(6), ImageHeader("png", "RGBA", 3, 2)),
            (png(3), ImageHeader("png", "P", 3, 2)),
            (jpeg(3), ImageHeader("jpeg", "RGB", 3, 2)),
            (jpeg(4), ImageHeader("jpeg", "CMYK", 3, 2)),
            (webp(b"VP8 " + bytes(10) + struct.pack("<HH", 3, 2)), ImageHeader("webp", "RGB", 3, 2)),
            (
                webp(b"VP8L" + bytes(4) + b"\x2f" + struct.pack("<I", 2 | 1 << 14 | 1 << 28)),
                ImageHeader("webp", "RGBA", 3, 2),
            ),
            (webp(b"VP8X" + bytes(4) + b"\x10" + bytes(3) + b"\x02\0\0\x01\0\0"), ImageHeader("webp", "RGBA", 3, 2)),
        ],
    )
    def test_tell_size_and_colours(self, data: bytes, header: ImageHeader) -> None:
        """Each format's header is read as its specification lays it out."""
        assert read_image_header(data) == header

    @pytest.mark.parametrize("data", [png(width=0), png(9), b"\xff\xd8\xff" * 100, webp(b"WHAT" + bytes(20))])
    def test_broken(self, data: bytes) -> None:
        """A header that cannot be is an error."""
        with pytest.raises(BrokenImageError):
            read_image_header(data)

    @pytest.mark.parametrize("whole", [png(), jpeg(), webp(b"VP8X" + bytes(14)), webp(b"VP8 " + bytes(14))])
    def test_any_beginning_is_read_or_refused(self, whole: bytes) -> None:
        """A file cut anywhere gives a header, an error, or counts as no image."""
        for end in range(len(whole)):
            try:
                read_image_header(whole[:end])
            except BrokenImageError:
                continue


class TestImages:
    @pytest.mark.parametrize(
        ("row", "found"),
        [
            (shown(png()), {}),
            (shown(png(), label="jpeg"), {}),
            (shown(png(0)), {"image_mode_unsupported": 1}),
            (shown(b"GIF89a"), {"image_format_unsupported": 1}),
            (shown(b""), {"image_format_unsupported": 1}),
            (shown(png(), label="svg+xml"), {"image_url_invalid": 1}),
            (shown(png()).replace(b"base64,i", b"base64,*"), {"image_decode_failed": 1}),
        ],
    )
    def test_are_told_by_their_bytes(self, row: bytes, found: dict[str, int]) -> None:
        """What an image is, its bytes tell and not its label."""
        assert codes(check(row)) == found

    def test_size_is_bounded(self) -> None:
        """An image of more than 10 MB is an error."""
        assert codes(check(shown(png() + bytes(10_000_001)), max_line_bytes=20 << 20)) == {"image_too_large": 1}

    @pytest.mark.parametrize(
        "url", ["http://a.com/x.png", "file:///etc/passwd", "https://", "https://user@host/", "", "javascript:1"]
    )
    def test_other_addresses_are_refused(self, url: str) -> None:
        """Only https URLs and data URLs are images; nothing is fetched either way."""
        row = chat({"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}, ASSISTANT)

        assert codes(check(row)) == {"image_url_invalid": 1}
