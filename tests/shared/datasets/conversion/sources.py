"""Sources in a folder, and what becomes of them."""

import json
from pathlib import Path
from typing import Any

from shared.datasets.conversion.convert import Conversion, convert_file
from shared.datasets.conversion.options import Options
from shared.datasets.conversion.record import Converted, Problem


def write_lines(folder: Path, *records: Any, name: str = "source.jsonl") -> Path:
    """A file of JSON Lines."""
    path = folder / name
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
    return path


def rows_of(path: Path, **wishes: Any) -> list[dict[str, Any]]:
    """The rows of a source of which every record can be converted."""
    items = list(convert_file(path, **wishes))
    problems = [item for item in items if isinstance(item, Problem)]
    assert problems == []
    return [item.row for item in items if isinstance(item, Converted)]


def problems_of(path: Path, **wishes: Any) -> list[tuple[int, str]]:
    """The records of a source that were skipped, with the reasons."""
    with Conversion(path, options=wishes.pop("options", Options())) as conversion:
        items = list(conversion.convert(conversion.match(**wishes)))
    return [tuple(item) for item in items if isinstance(item, Problem)]  # type: ignore[misc]  # a pair by its fields


def dialect_of(path: Path) -> str:
    """What a source is taken for."""
    with Conversion(path) as conversion:
        return conversion.match().dialect.name


def chat(*texts: str, system: str | None = None) -> dict[str, Any]:
    """A chat row in which user and assistant speak in turn."""
    roles = ("user", "assistant")
    messages = [{"role": roles[number % 2], "content": text} for number, text in enumerate(texts)]
    return {"messages": [{"role": "system", "content": system}, *messages] if system else messages}


def call(number: int, name: str, arguments: str) -> dict[str, Any]:
    """A tool call whose id was made for it."""
    return {"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": arguments}}
