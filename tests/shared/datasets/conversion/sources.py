"""Sources in a folder, and what becomes of them."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

from shared.datasets.conversion.convert import Conversion, convert_file
from shared.datasets.conversion.limits import Limits
from shared.datasets.conversion.options import Options
from shared.datasets.conversion.record import Converted, Problem

ROW = b'{"question": "a", "answer": "b"}\n'
SMALL = Limits(max_expanded_bytes=1 << 20, ratio_from_bytes=1 << 16, max_record_bytes=10_000, max_document_bytes=20_000)


def zipped(*names: str, data: bytes = ROW) -> bytes:
    """A ZIP archive with the same data under every name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, data)
    return buffer.getvalue()


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
