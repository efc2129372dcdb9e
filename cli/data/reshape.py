"""`tunery data split|fix|merge|sample`: the functions of the service's operations, on files of this machine."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.data.endings import failures_told
from cli.data.files import read_chunks, readable_file, written_file
from cli.data.progress import progress_bar
from shared.datasets.fixing import DEFAULT_CODES, FIXABLE_CODES
from shared.datasets.fixing.fix import fix_rows
from shared.datasets.reshaping.merge import MergePlan, Part, merge_rows
from shared.datasets.reshaping.sample import SamplePlan, sample_rows
from shared.datasets.reshaping.split import SplitPlan, split_rows
from shared.errors import InvalidInputError
from shared.settings import load_settings

_MIN_FILES = 2

File = Annotated[Path, typer.Argument(help="A JSONL file; - reads standard input.")]
Output = Annotated[Path, typer.Option("--output", "-o", help="Where to write; - is standard output.")]
Force = Annotated[bool, typer.Option("--force", help="Replace files that are there.")]
Seed = Annotated[int, typer.Option(min=0, help="Another seed is another choice; the same one the same.")]


def split(
    file: File,
    *,
    training: Annotated[Path, typer.Option(help="Where to write the rows to train on.")],
    validation: Annotated[Path, typer.Option(help="Where to write the rows to validate with.")],
    validation_share: Annotated[float, typer.Option(help="The share of the rows for validation.")] = 0.1,
    validation_rows: Annotated[int | None, typer.Option(min=1, help="So many rows instead.")] = None,
    seed: Seed = 0,
    group_by: Annotated[str | None, typer.Option(help="A top-level field; else rows with one context.")] = None,
    force: Force = False,
) -> None:
    """Make a training and a validation file of one; rows with one context, prompt or field value stay together."""
    if not 0 < validation_share < 1:
        raise typer.BadParameter("give a share between 0 and 1", param_hint="--validation-share")
    plan = SplitPlan(validation_share, validation_rows, seed, group_by)
    with (
        failures_told(),
        readable_file(file) as path,
        progress_bar("splitting") as tell,
        written_file(training, may_replace=force) as write_training,
        written_file(validation, may_replace=force) as write_validation,
    ):
        summary = split_rows(
            partial(read_chunks, path),
            plan,
            n_bytes=path.stat().st_size,
            write_training=write_training,
            write_validation=write_validation,
            max_line_bytes=load_settings().max_line_bytes,
            on_progress=tell,
        )
    _tell(summary)


def fix(
    file: File,
    *,
    output: Output,
    changes: Annotated[Path | None, typer.Option(help="Where to list changed lines, as JSON Lines.")] = None,
    code: Annotated[list[str] | None, typer.Option(help="Fix only this code; may be given often.")] = None,
    force: Force = False,
) -> None:
    """Make a new version with all safe automatic fixes. Personal data are masked only by --code pii_detected."""
    if unknown := sorted(set(code or ()) - FIXABLE_CODES):
        known = ", ".join(sorted(FIXABLE_CODES))
        raise typer.BadParameter(f"{unknown[0]} has no automatic fix; there are {known}", param_hint="--code")

    def run(path: Path, write: Callable[[bytes], object], tell: Callable[[float], None]) -> dict[str, Any]:
        return fix_rows(
            partial(read_chunks, path),
            frozenset(code or DEFAULT_CODES),
            n_bytes=path.stat().st_size,
            write=write,
            write_change=listed.append,
            max_line_bytes=load_settings().max_line_bytes,
            on_progress=tell,
        )

    listed: list[bytes] = []
    _make_one(file, output, "fixing", run, force=force)
    if changes is not None:
        with failures_told(), written_file(changes, may_replace=force) as write:
            write(b"".join(listed))


def merge(
    files: Annotated[list[Path], typer.Argument(help="JSONL files, in the order of their rows.")],
    *,
    output: Output,
    dedupe: Annotated[bool, typer.Option(help="Keep only the first of rows that say the same.")] = False,
    shuffle_seed: Annotated[int | None, typer.Option(min=0, help="Shuffle the rows by this seed.")] = None,
    force: Force = False,
) -> None:
    """Make one file of several that have the same format."""
    if len(files) < _MIN_FILES:
        raise typer.BadParameter("name at least two files", param_hint="FILES")
    with failures_told():
        parts = []
        for name in files:
            with readable_file(name) as path:
                parts.append(Part(str(name), partial(read_chunks, path), path.stat().st_size))
        with progress_bar("merging") as tell, written_file(output, may_replace=force) as write:
            plan = MergePlan(dedupe, shuffle_seed)
            limit = load_settings().max_line_bytes
            summary = merge_rows(parts, plan, write=write, max_line_bytes=limit, on_progress=tell)
    _tell(summary)


def sample(
    file: File,
    *,
    output: Output,
    rows: Annotated[int | None, typer.Option(min=1, help="How many rows.")] = None,
    share: Annotated[float | None, typer.Option(help="Which share of the rows.")] = None,
    seed: Seed = 0,
    by_label: Annotated[bool, typer.Option(help="The same share of each label.")] = False,
    force: Force = False,
) -> None:
    """Make a file with some of the rows."""
    if (rows is None) == (share is None) or not 0 < (share or 0.5) <= 1:
        raise typer.BadParameter("give either --rows or a --share between 0 and 1", param_hint="--rows")
    plan = SamplePlan(rows, share or 1.0, seed, by_label)

    def run(path: Path, write: Callable[[bytes], object], tell: Callable[[float], None]) -> dict[str, Any]:
        return sample_rows(
            partial(read_chunks, path),
            plan,
            n_bytes=path.stat().st_size,
            write=write,
            max_line_bytes=load_settings().max_line_bytes,
            on_progress=tell,
        )

    _make_one(file, output, "sampling", run, force=force)


def _make_one(
    file: Path,
    output: Path,
    doing: str,
    run: Callable[[Path, Callable[[bytes], object], Callable[[float], None]], dict[str, Any]],
    *,
    force: bool,
) -> None:
    with failures_told(), readable_file(file) as path, progress_bar(doing) as tell:
        if output.exists() and output.samefile(path):
            raise InvalidInputError(f"{output} is the file to read; name another one to write.")
        with written_file(output, may_replace=force) as write:
            summary = run(path, write, tell)
    _tell(summary)


def _tell(summary: dict[str, Any]) -> None:
    """On stderr, since the rows may be on standard output."""
    typer.echo(json.dumps(summary, indent=2, ensure_ascii=False), err=True)
