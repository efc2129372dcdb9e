"""Parquet files, Arrow files and Arrow streams, batch by batch. Needs the extra `parquet`.

Arrow gives every object the fields of all: null ones are taken out again.
"""

import base64
import importlib
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from shared.datasets.conversion.errors import ExtraNotInstalledError
from shared.datasets.conversion.values import drop_nulls

_BATCH_ROWS = 64
_IMAGE_MAGIC = ((b"\x89PNG", "png"), (b"\xff\xd8\xff", "jpeg"), (b"RIFF", "webp"))


def read_parquet(path: Path, _sheet: str) -> Iterator[dict[str, Any]]:
    """Rows of a Parquet file. Raises ExtraNotInstalledError, and what pyarrow raises."""
    parquet = _import("pyarrow.parquet")
    with parquet.ParquetFile(path, pre_buffer=False) as file:
        yield from _read_batches(file.iter_batches(batch_size=_BATCH_ROWS, use_threads=False))


def read_arrow(path: Path, _sheet: str) -> Iterator[dict[str, Any]]:
    """Rows of an Arrow file or stream; `Dataset.save_to_disk` writes streams."""
    arrow = _import("pyarrow")
    with arrow.memory_map(str(path)) as source:
        if source.read(6) == b"ARROW1":
            reader = arrow.ipc.open_file(source)
            batches = (reader.get_batch(number) for number in range(reader.num_record_batches))
        else:
            source.seek(0)
            batches = iter(arrow.ipc.open_stream(source))
        yield from _read_batches(batches)


def _import(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ExtraNotInstalledError(
            "Parquet and Arrow data need the extra `parquet`, which this installation lacks: pip install "
            "'tunery[parquet]'. Or send JSON Lines."
        ) from None


def _read_batches(batches: Iterable[Any]) -> Iterator[dict[str, Any]]:
    for batch in batches:
        for start in range(0, batch.num_rows, _BATCH_ROWS):
            for row in batch.slice(start, _BATCH_ROWS).to_pylist():
                yield _tidy(drop_nulls(row))


def _tidy(value: Any) -> Any:
    """A value as JSON can hold it: pictures as data URLs, other bytes in base64, numbers that are none as nothing."""
    if isinstance(value, dict):
        if isinstance(value.get("bytes"), bytes) and set(value) <= {"bytes", "path"}:
            return _write_bytes(value["bytes"])
        return {str(key): _tidy(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_tidy(item) for item in value]
    if isinstance(value, bytes):
        return _write_bytes(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _write_bytes(data: bytes) -> str:
    encoded = base64.b64encode(data).decode()
    kind = next((name for magic, name in _IMAGE_MAGIC if data.startswith(magic)), None)
    return f"data:image/{kind};base64,{encoded}" if kind else encoded
