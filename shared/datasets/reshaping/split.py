"""Splitting a file into training and validation so that nothing of one is known from the other.

Two passes: the first tells which rows belong together, the second writes each to its side, byte for byte.
"""

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.datasets.reshaping.balance import choose_groups
from shared.datasets.reshaping.errors import SplitImpossibleError
from shared.datasets.reshaping.grouping import ContextGrouping, FieldGrouping, Numbers, join_groups
from shared.datasets.reshaping.labels import RowLabels
from shared.datasets.reshaping.rows import LineSink, Meter, RowReader, Source, read_rows
from shared.quoting import quote


@dataclass(frozen=True)
class SplitPlan:
    """How to split. `validation_rows` counts if it is given, else the share."""

    validation_share: float = 0.1
    validation_rows: int | None = None
    seed: int = 0
    group_by: str | None = None
    "A top-level field of the rows; without it, rows that share a context are told by what users say."


@dataclass(frozen=True)
class _Sides:
    groups: Numbers
    contexts: Numbers
    "Before rows with the same prompt were joined."
    is_validation: NDArray[np.bool_]
    prompts: "array[int]"
    labels: RowLabels


def split_rows(
    source: Source,
    plan: SplitPlan,
    *,
    n_bytes: int,
    write_training: Callable[[bytes], object],
    write_validation: Callable[[bytes], object],
    max_line_bytes: int,
    on_progress: Callable[[float], None] = lambda _share: None,
) -> dict[str, Any]:
    """Write each row of a file of `n_bytes` to one of two sides; how it went, as JSON.

    Raises DatasetUnreadableError and SplitImpossibleError.
    """
    meter = Meter(2 * n_bytes, on_progress)
    sides = _tell_sides(meter.watch(source), plan, max_line_bytes)
    training, validation = LineSink(write_training), LineSink(write_validation)
    rows = read_rows(meter.watch(source), max_line_bytes=max_line_bytes)
    for row, is_validation in zip(rows, sides.is_validation.tolist(), strict=True):
        (validation if is_validation else training).add(row.data)
    training.flush()
    validation.flush()
    return _summarise(sides, plan)


def _tell_sides(chunks: Any, plan: SplitPlan, max_line_bytes: int) -> _Sides:
    grouping = ContextGrouping() if plan.group_by is None else FieldGrouping(plan.group_by)
    labels = RowLabels()
    reader = RowReader()
    for _line, data in read_rows(chunks, max_line_bytes=max_line_bytes):
        row = reader.read(data)
        grouping.see(row, data)
        labels.see(row)
    n_rows = len(grouping.prompts)
    if isinstance(grouping, FieldGrouping) and not grouping.n_with_field:
        raise SplitImpossibleError(f"No row has the field {quote(plan.group_by or '')}.", param="group_by")
    n_wanted = _count_wanted(plan, n_rows)
    contexts = grouping.finish()
    groups = join_groups(contexts, grouping.prompts)
    if int(groups.max()) == 0:
        problem = f"All {n_rows:,} rows share one context or prompt, so each side would know the other."
        raise SplitImpossibleError(f"{problem} Name a field with group_by, or bring a validation file of its own.")
    counted = labels.numbers if labels.are_there else array("H", bytes(2 * n_rows))
    chosen = choose_groups(groups, grouping.prompts, counted, n_wanted=n_wanted, seed=plan.seed)
    is_validation = np.isin(groups, np.fromiter(chosen, dtype=np.int64))
    return _Sides(groups, contexts, is_validation, grouping.prompts, labels)


def _count_wanted(plan: SplitPlan, n_rows: int) -> int:
    if n_rows < 2:  # noqa: PLR2004 - one for each side
        raise SplitImpossibleError(f"The file has {n_rows} rows; a split takes at least two.")
    if plan.validation_rows is None:
        return min(max(1, round(plan.validation_share * n_rows)), n_rows - 1)
    if not 1 <= plan.validation_rows < n_rows:
        problem = f"validation_rows is {plan.validation_rows:,} and the file has {n_rows:,} rows; leave some to train."
        raise SplitImpossibleError(problem, param="validation_rows")
    return plan.validation_rows


def _summarise(sides: _Sides, plan: SplitPlan) -> dict[str, Any]:
    prompts = np.frombuffer(sides.prompts, dtype=np.uint64)
    sizes = np.bincount(sides.groups)
    return {
        "seed": plan.seed,
        "group_by": plan.group_by,
        "n_rows": len(sides.groups),
        "n_groups": len(sizes),
        "n_contexts": len(np.unique(sides.contexts)),
        "largest_group_rows": int(sizes.max()),
        "training": _describe_side(sides, ~sides.is_validation),
        "validation": _describe_side(sides, sides.is_validation),
        # Counted from the rows as they were written, not concluded from how they were chosen.
        "leaks": {
            "prompts": _count_shared(prompts, sides.is_validation),
            "contexts": _count_shared(sides.contexts, sides.is_validation),
        },
    }


def _describe_side(sides: _Sides, is_here: NDArray[np.bool_]) -> dict[str, Any]:
    labels = np.frombuffer(sides.labels.numbers, dtype=np.uint16)[is_here].tolist()
    described = {"n_rows": int(is_here.sum()), "n_groups": len(np.unique(sides.groups[is_here]))}
    return described | ({"labels": sides.labels.count(labels)} if sides.labels.are_there else {})


def _count_shared(keys: NDArray[Any], is_validation: NDArray[np.bool_]) -> int:
    """Rows of validation whose key is in training too."""
    return int(np.isin(keys[is_validation], keys[~is_validation]).sum())
