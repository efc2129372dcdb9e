"""JSON from outside is UTF-8 without a byte order mark. Says what it seems to be otherwise."""

import codecs

from shared.strict_json.errors import JsonRejectedError

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = [
    (codecs.BOM_UTF8, "a byte order mark"),
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
]
_NULS_IN_FIRST_BYTES: dict[str, list[tuple[int, ...]]] = {
    "UTF-32": [(1, 2, 3), (0, 1, 2)],
    "UTF-16": [(1, 3), (0, 2)],
}


def check_encoding(data: bytes) -> None:
    """Raise JsonRejectedError with code json_encoding unless `data` is plain UTF-8."""
    name = sniff_wide_encoding(data)
    if name is not None:
        raise _rejected(f"The text is {name}, not UTF-8; save it as UTF-8", data, 0)
    if data.startswith(codecs.BOM_UTF8):
        reason = "The text begins with a byte order mark; save it as UTF-8 without one"
        raise JsonRejectedError("json_encoding", reason, data=data, offset=0, hint="bom")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        byte = data[error.start]
        raise _rejected(f"Byte {error.start} (0x{byte:02x}) is not UTF-8", data, error.start) from None


def sniff_wide_encoding(data: bytes) -> str | None:
    """`UTF-16` or `UTF-32` if the first bytes carry its mark, or ASCII characters in its width."""
    for mark, name in _MARKS[1:]:
        if data.startswith(mark):
            return name
    for name, layouts in _NULS_IN_FIRST_BYTES.items():
        if any(_has_nuls_at(data[:4], places) for places in layouts):
            return name
    return None


def _has_nuls_at(head: bytes, places: tuple[int, ...]) -> bool:
    """Whether exactly the bytes at `places` are NUL among the first four."""
    return len(head) == 4 and tuple(i for i, byte in enumerate(head) if byte == 0) == places  # noqa: PLR2004


def _rejected(reason: str, data: bytes, offset: int) -> JsonRejectedError:
    return JsonRejectedError("json_encoding", reason, data=data, offset=offset)
