"""Files that data commands read and write: a path or `-`, whole or not at all."""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from shared.errors import InvalidInputError

STANDARD_STREAM = Path("-")
_CHUNK_BYTES = 1 << 20


@contextmanager
def readable_file(path: Path) -> Iterator[Path]:
    """A file that can be read more than once: `path`, or a copy of what a pipe or, for `-`, standard input brings.

    Raises InvalidInputError where there is nothing to read.
    """
    if path != STANDARD_STREAM and _checked(path).is_file():
        yield path
        return
    with tempfile.NamedTemporaryFile(prefix="tunery-", suffix=".jsonl") as copy, _open_stream(path) as stream:
        shutil.copyfileobj(stream, copy)
        copy.flush()
        yield Path(copy.name)


def read_json_file(path: Path) -> Any:
    """What a small file says. Raises InvalidInputError where it is not there or no JSON."""
    with readable_file(path) as there:
        try:
            return json.loads(there.read_bytes())
        except (ValueError, RecursionError) as error:
            raise InvalidInputError(f"{path} is not JSON: {error}.") from None


def read_chunks(path: Path, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """Bytes `start` up to but not including `end` of a file."""
    with path.open("rb") as file:
        file.seek(start)
        left = sys.maxsize if end is None else end - start
        while left and (chunk := file.read(min(_CHUNK_BYTES, left))):
            left -= len(chunk)
            yield chunk


@contextmanager
def written_file(path: Path, *, may_replace: bool) -> Iterator[Callable[[bytes], object]]:
    """Something to write bytes with; `path` has them once the block has ended without an error, `-` at once.

    Raises InvalidInputError if the file is there and may not be replaced.
    """
    if path == STANDARD_STREAM:
        yield sys.stdout.buffer.write
        sys.stdout.buffer.flush()
        return
    if path.exists() and not may_replace:
        raise InvalidInputError(f"{path} is there already. Name another file, or use --force to replace it.")
    descriptor, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-", suffix=".partial")
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file.write
        # A temporary file is its owner's alone; this one is to be as if it had been made under its name.
        Path(partial).chmod(0o666 & ~_umask())
        Path(partial).rename(path)
    finally:
        Path(partial).unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextmanager
def _open_stream(path: Path) -> Iterator[BinaryIO]:
    """Something that can be read once."""
    if path != STANDARD_STREAM:
        with path.open("rb") as stream:
            yield stream
        return
    if sys.stdin.isatty():
        raise InvalidInputError("Standard input is a terminal. Pipe a file into it, or name one.")
    yield sys.stdin.buffer


def _checked(path: Path) -> Path:
    if path.is_dir():
        raise InvalidInputError(f"{path} is a folder; name a file in it.")
    if not path.exists():
        raise InvalidInputError(f"There is no file {path}.")
    return path
