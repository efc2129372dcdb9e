"""Workbooks and Arrow data, read by native libraries in a process of its own: a hostile file can end that one only.

The process has a bound on its memory, no secrets in its environment, and writes records as lines of JSON.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from shared.datasets.conversion.containers.kinds import Kind
from shared.datasets.conversion.errors import (
    AmbiguousSourceError,
    ConversionError,
    ExtraNotInstalledError,
    SourceTooLargeError,
    UnreadableSourceError,
)
from shared.datasets.conversion.limits import Limits
from shared.datasets.conversion.record import Problem, Record
from shared.datasets.conversion.values import MAX_DEPTH
from shared.datasets.lines import read_lines
from shared.strict_json import JsonRejectedError, loads

_CHILD = "shared.datasets.conversion.containers.native_child"
_ERRORS: dict[str, type[ConversionError]] = {
    error.__name__: error
    for error in (AmbiguousSourceError, ExtraNotInstalledError, SourceTooLargeError, UnreadableSourceError)
}
_CHUNK_BYTES = 256 << 10


def read_native(path: Path, kind: Kind, limits: Limits, *, sheet: str | None) -> Iterator[Record | Problem]:
    """Records of a workbook, a Parquet or an Arrow file. Raises a ConversionError; ends the process when closed."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            _CHILD,
            kind,
            str(path),
            sheet or "",
            str(limits.max_reader_bytes),
            str(limits.max_reader_seconds),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PYTHONPATH": os.pathsep.join(sys.path), "ARROW_DEFAULT_MEMORY_POOL": "system"},
    )
    try:
        yield from _read_output(process, limits)
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _read_output(process: subprocess.Popen[bytes], limits: Limits) -> Iterator[Record | Problem]:
    output = process.stdout
    if output is None:
        raise RuntimeError("The reader has no standard output")
    for line in read_lines(_read_chunks(output), max_line_bytes=limits.max_record_bytes):
        if line.data is not None and line.data[:1] == b"!":
            name, _, message = line.data[1:].decode().partition(" ")
            raise _ERRORS[name](message)
        if line.data == b".":
            return
        yield _read_record(line.number, line.data, limits)
    raise SourceTooLargeError(
        f"The source could not be read within {limits.max_reader_bytes >> 20} MiB of memory, or is broken. "
        "Save it as CSV or JSON Lines."
    )


def _read_chunks(output: IO[bytes]) -> Iterator[bytes]:
    while chunk := os.read(output.fileno(), _CHUNK_BYTES):
        yield chunk


def _read_record(number: int, data: bytes | None, limits: Limits) -> Record | Problem:
    if data is None:
        return Problem(number, f"the row is longer than {limits.max_record_bytes} bytes")
    try:
        value = loads(data, max_depth=MAX_DEPTH, allow_nul=True)
    except JsonRejectedError as error:
        return Problem(number, error.message)
    if "!" in value and len(value) == 1:
        return Problem(number, str(value["!"]))
    return Record(number, value)
