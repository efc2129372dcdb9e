"""The ways of checking a file that are compared. Each imports what it needs when it runs, as its own command would."""

# ruff: noqa: PLC0415 - none pays for what another needs

from pathlib import Path
from typing import Any


def check_by_cookbook(path: Path, model: str) -> dict[str, Any]:
    """The baseline, in one process as everyone runs it."""
    from benchmarks.cookbook import validate
    from shared.datasets.tokens.models import get_token_model
    from shared.datasets.tokens.vocabulary import load_encoding

    return validate(path, load_encoding(get_token_model(model).encoding))


def check_structure(path: Path, model: str) -> dict[str, Any]:
    """Every row by itself, exact duplicates, exact token counts."""
    return _check(path, model, depth="structure")


def check_whole(path: Path, model: str) -> dict[str, Any]:
    """Everything the report has."""
    return _check(path, model, depth="dataset")


def _check(path: Path, model: str, *, depth: str) -> dict[str, Any]:
    from benchmarks.stretches import check

    return check(path, model, depth=depth)
