"""`tunery data convert`: other people's formats into rows of OpenAI's wire, on this machine."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.data.endings import failures_told
from cli.data.files import written_file
from shared.datasets.conversion.convert import Conversion, nothing_converted
from shared.datasets.conversion.detect import Match
from shared.datasets.conversion.options import read_options
from shared.datasets.conversion.record import Converted, Problem
from shared.errors import InvalidInputError

_PREVIEW_ROWS = 5
_SHOWN_PROBLEMS = 5


def convert(
    file: Annotated[Path, typer.Argument(help="JSON, JSONL, CSV, Excel, Parquet, Arrow, a folder's archive …")],
    *,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Where to write; - is standard output.")] = None,
    format_name: Annotated[str | None, typer.Option("--format", help="The dialect; else it is found.")] = None,
    mapping: Annotated[str | None, typer.Option(help="Which field is what, as a JSON object.")] = None,
    options: Annotated[str, typer.Option(help="Options of the dialect, as a JSON object.")] = "{}",
    partner: Annotated[Path | None, typer.Option(help="A second file to join, such as a batch's answers.")] = None,
    split: Annotated[str | None, typer.Option(help="Which split of the source.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Which sheet of a workbook.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Convert a dataset. Without --output, shows what was found and the first five rows."""
    with failures_told():
        conversion = Conversion(
            _existing(file),
            partner=partner and _existing(partner),
            split=split,
            sheet=sheet,
            options=read_options(_object(options, "--options")),
        )
        with conversion:
            match = conversion.match(
                format_name=format_name, mapping=None if mapping is None else _object(mapping, "--mapping")
            )
            typer.echo(f"{file}: {_describe(conversion, match)}", err=True)
            if output is None:
                _preview(conversion, match)
            else:
                _write(conversion, match, output, force=force)


def _preview(conversion: Conversion, match: Match) -> None:
    n_rows = 0
    for item in conversion.convert(match):
        if isinstance(item, Problem):
            typer.echo(f"record {item.number} is skipped: {item.reason}", err=True)
            continue
        print(item.line.decode(), end="")
        n_rows += 1
        if n_rows == _PREVIEW_ROWS:
            break


def _write(conversion: Conversion, match: Match, output: Path, *, force: bool) -> None:
    n_rows = 0
    problems: list[Problem] = []
    n_problems = 0
    with written_file(output, may_replace=force) as write:
        for item in conversion.convert(match):
            if isinstance(item, Converted):
                write(item.line)
                n_rows += 1
            else:
                n_problems += 1
                problems += [item] if len(problems) < _SHOWN_PROBLEMS else []
        if not n_rows:
            raise nothing_converted(problems[0] if problems else None)
    for problem in problems:
        typer.echo(f"record {problem.number} is skipped: {problem.reason}", err=True)
    typer.echo(f"{n_rows:,} rows written, {n_problems:,} records skipped", err=True)


def _describe(conversion: Conversion, match: Match) -> str:
    found = conversion.describe(match)
    return f"{found.title} in {found.container} ({found.confidence:.0%} sure)"


def _object(text: str, name: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise InvalidInputError(f"{name} is not JSON: {error}.") from None
    if not isinstance(value, dict):
        raise InvalidInputError(f'{name} must be a JSON object, such as {{"prompt": "question"}}.')
    return value


def _existing(path: Path) -> Path:
    if not path.exists():
        raise InvalidInputError(f"There is no file {path}.")
    return path
