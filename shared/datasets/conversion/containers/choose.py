"""Which of the files of an archive are meant: one, the shards of one table, or a split of a Hugging Face folder."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from shared.datasets.conversion.containers.kinds import Kind
from shared.datasets.conversion.containers.unpack import Plain
from shared.datasets.conversion.errors import AmbiguousSourceError, UnreadableSourceError
from shared.quoting import quote
from shared.strict_json import JsonRejectedError, loads

_SHARD = re.compile(r"^(.*?)[-_.]?\d+-of-\d+")
_DESCRIPTIONS = frozenset({"state.json", "dataset_dict.json", "dataset_info.json", "dataset_infos.json"})
_MAX_STATE_BYTES = 16 << 20
_NAMES_SHOWN = 20


def choose_files(files: Sequence[Plain], split: str | None) -> list[Plain]:
    """The files to read, in order. Raises AmbiguousSourceError with the names when one has to be named."""
    tables = _find_saved_tables(files) or _find_tables(files)
    if not tables:
        raise UnreadableSourceError("The archive holds no data: no JSON, CSV, workbook, Parquet or Arrow file.")
    if split is not None:
        if split not in tables:
            raise AmbiguousSourceError(f"There is no split {quote(split)}. There are: {_list(tables)}.", param="split")
        return tables[split]
    if len(tables) > 1:
        raise AmbiguousSourceError(f"Name one of these in `split`: {_list(tables)}.", param="split")
    return next(iter(tables.values()))


def _find_saved_tables(files: Sequence[Plain]) -> dict[str, list[Plain]]:
    """Tables by the name of their split, as `Dataset.save_to_disk` and `DatasetDict.save_to_disk` write them."""
    tables: dict[PurePosixPath, list[Plain]] = {}
    by_name = {file.name: file for file in files}
    for file in files:
        path = PurePosixPath(file.name)
        if path.name != "state.json":
            continue
        names = [str(path.parent / name) for name in _read_data_files(file)]
        missing = [name for name in names if name not in by_name]
        if missing:
            raise UnreadableSourceError(f"state.json names a file that is not in the archive: {quote(missing[0])}.")
        tables[path.parent] = [by_name[name] for name in names]
    return _name_tables(tables)


def _read_data_files(file: Plain) -> list[str]:
    if file.path.stat().st_size > _MAX_STATE_BYTES:
        raise UnreadableSourceError("state.json in the archive is too large to be one.")
    try:
        state: Any = loads(file.path.read_bytes())
    except JsonRejectedError as error:
        raise UnreadableSourceError(f"state.json in the archive cannot be read: {error.message}") from None
    listed = state.get("_data_files") if isinstance(state, dict) else None
    files = listed if isinstance(listed, list) else []
    names = [item.get("filename") for item in files if isinstance(item, dict)]
    if not names or not all(isinstance(name, str) for name in names):
        raise UnreadableSourceError("state.json in the archive names no data files.")
    return [str(name) for name in names]


def _find_tables(files: Sequence[Plain]) -> dict[str, list[Plain]]:
    """Data files by name, with the shards of one table under one name."""
    tables: dict[PurePosixPath, list[Plain]] = {}
    for file in sorted(files, key=lambda file: file.name):
        path = PurePosixPath(file.name)
        if path.name in _DESCRIPTIONS or (file.kind is Kind.ARROW and path.name.startswith("cache-")):
            continue
        shard = _SHARD.match(path.name)
        # Only shards are parts of one table: two files of one name in two folders are two tables.
        key = path.parent / (shard[1] or "train") if shard else path
        tables.setdefault(key, []).append(file)
    return _name_tables(tables)


def _name_tables(tables: dict[PurePosixPath, list[Plain]]) -> dict[str, list[Plain]]:
    """Tables by their last name where that is theirs alone, else by their whole path."""
    counts = Counter(path.stem for path in tables)
    return {(path.stem or "train") if counts[path.stem] == 1 else str(path): table for path, table in tables.items()}


def _list(tables: dict[str, list[Plain]]) -> str:
    names = [quote(name) for name in sorted(tables)]
    more = len(names) - _NAMES_SHOWN
    return ", ".join(names[:_NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
