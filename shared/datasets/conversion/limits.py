"""Bounds on what a source may grow to while it is read."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Every bound ends the conversion with SourceTooLargeError, but for that of a record, which only skips it."""

    max_expanded_bytes: int = 8 << 30
    "Of everything unpacked together; the largest upload."
    max_ratio: int = 100
    "Of unpacked to packed bytes. JSON Lines of chats reach 5 to 40, gzip's bombs 1,000."
    ratio_from_bytes: int = 16 << 20
    "Up to here any ratio is harmless."
    max_members: int = 10_000
    "Files in an archive."
    max_rows: int = 20_000_000
    max_record_bytes: int = 4 << 20
    "Of one record as JSON, and of one row made of it: a longer line could not be trained on."
    max_document_bytes: int = 64 << 20
    "Of a JSON document that has to be read as a whole, such as an object of lists."
    max_reader_bytes: int = 4 << 30
    "Address space of the process that reads workbooks and Arrow data."
    max_reader_seconds: int = 1800
    "Processor time of that process."
    max_gathered_bytes: int = 512 << 20
    "Of records held until their partners come: trees, batch requests, pairs."
