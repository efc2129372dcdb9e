"""`python -m shared.datasets.conversion.containers.native_child KIND PATH SHEET BYTES SECONDS`: the inside of `native`.

Standard output is a line of JSON for each record, `{"!": reason}` for one that is none, then `.`; or `!ERROR message`.
"""

import resource
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from shared.datasets.conversion.containers import arrow, sheets
from shared.datasets.conversion.containers.kinds import Kind
from shared.datasets.conversion.errors import ConversionError, SourceTooLargeError, UnreadableSourceError
from shared.datasets.conversion.record import Problem
from shared.process import die_with_parent

_READERS: dict[str, Callable[[Path, str], Iterator[dict[str, Any] | Problem]]] = {
    Kind.XLSX: sheets.read_sheet,
    Kind.ODS: sheets.read_sheet,
    Kind.PARQUET: arrow.read_parquet,
    Kind.ARROW: arrow.read_arrow,
}


def main() -> None:
    kind, path, sheet, max_bytes, max_seconds = sys.argv[1:]
    die_with_parent()
    resource.setrlimit(resource.RLIMIT_AS, (int(max_bytes), int(max_bytes)))
    resource.setrlimit(resource.RLIMIT_CPU, (int(max_seconds), int(max_seconds)))
    output = sys.stdout.buffer
    encode = msgspec.json.Encoder(enc_hook=str).encode
    try:
        for record in _READERS[kind](Path(path), sheet):
            output.write(encode({"!": record.reason} if isinstance(record, Problem) else record) + b"\n")
        output.write(b".\n")
    except BrokenPipeError:
        return
    except ConversionError as error:
        _tell(type(error).__name__, error.message)
    except MemoryError:
        _tell(SourceTooLargeError.__name__, "The source needs more memory to be read than it may take.")
    except Exception as error:  # noqa: BLE001  whatever a native library makes of hostile bytes, the file is at fault
        _tell(UnreadableSourceError.__name__, f"The source cannot be read: {str(error)[:200]}")


def _tell(name: str, message: str) -> None:
    sys.stdout.buffer.write(f"!{name} {' '.join(message.split())}\n".encode("utf-8", "replace"))


if __name__ == "__main__":
    main()
