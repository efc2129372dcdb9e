"""How commands print: JSON as it came over the wire for machines, tables for people."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, TypeVar

import typer
from openai import BaseModel

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, as the API sends it.")]

Item = TypeVar("Item", bound=BaseModel)


def show(value: BaseModel, *, as_json: bool) -> None:
    """Print one object: a field a line, fields without a value left out."""
    fields = value.to_dict(mode="json")
    if as_json:
        _print_json(fields)
    else:
        rows = [(name, _plain(name, item)) for name, item in fields.items() if item is not None]
        _print_table(("field", "value"), rows)


def show_list(values: Sequence[Item], columns: Mapping[str, Callable[[Item], str]], *, as_json: bool) -> None:
    """Print objects: a row each, with the given columns."""
    if as_json:
        _print_json([value.to_dict(mode="json") for value in values])
    else:
        _print_table(columns.keys(), ([cell(value) for cell in columns.values()] for value in values))


def local_time(unix_seconds: int) -> str:
    """Write a time in the reader's own zone."""
    return datetime.fromtimestamp(unix_seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _print_json(plain: object) -> None:
    print(json.dumps(plain, indent=2, ensure_ascii=False))


def _print_table(columns: Iterable[str], rows: Iterable[Sequence[str]]) -> None:
    # Lines are left to the terminal to wrap: an id broken into two cells could not be copied.
    lines = [list(columns), *map(list, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for number, line in enumerate(lines):
        text = "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        typer.secho(text, bold=number == 0)


def _plain(name: str, value: object) -> str:
    if name.endswith("_at") and isinstance(value, int):
        return local_time(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
