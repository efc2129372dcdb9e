"""Some rows of a file, chosen by a seed and by what they say: the same whatever their order, in the order of the file.

Keeps 10 bytes a row. Two passes: one to rank the rows, one to write those that were chosen.
"""

from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

from shared.datasets.reshaping.errors import SampleImpossibleError
from shared.datasets.reshaping.labels import RowLabels
from shared.datasets.reshaping.rows import LineSink, Meter, RowReader, Source, read_rows

_SEED_MASK = (1 << 64) - 1


@dataclass(frozen=True)
class SamplePlan:
    """How much to take. `rows` counts if it is given, else the share."""

    rows: int | None = None
    share: float = 0.1
    seed: int = 0
    by_label: bool = False
    "Take the same share of each label, and at least one row of each where there is room."


def sample_rows(
    source: Source,
    plan: SamplePlan,
    *,
    n_bytes: int,
    write: Callable[[bytes], object],
    max_line_bytes: int,
    on_progress: Callable[[float], None] = lambda _share: None,
) -> dict[str, Any]:
    """Write some rows of a file of `n_bytes`; how it went, as JSON.

    Raises DatasetUnreadableError and SampleImpossibleError.
    """
    meter = Meter(2 * n_bytes, on_progress)
    ranks, labels = _rank(meter.watch(source), plan, max_line_bytes)
    n_wanted = _count_wanted(plan, len(ranks))
    if plan.by_label:
        is_taken = _take_by_label(ranks, np.frombuffer(labels.numbers, dtype=np.uint16), n_wanted)
    else:
        is_taken = _take_lowest(ranks, n_wanted)
    sink = LineSink(write)
    for row, is_wanted in zip(
        read_rows(meter.watch(source), max_line_bytes=max_line_bytes), is_taken.tolist(), strict=True
    ):
        if is_wanted:
            sink.add(row.data)
    sink.flush()
    summary: dict[str, Any] = {"seed": plan.seed, "n_rows": sink.n_rows, "n_rows_of": len(ranks)}
    if plan.by_label:
        summary["labels"] = labels.count(np.frombuffer(labels.numbers, dtype=np.uint16)[is_taken].tolist())
    return summary


def _rank(chunks: Iterable[bytes], plan: SamplePlan, max_line_bytes: int) -> tuple[NDArray[np.uint64], RowLabels]:
    ranks, labels, reader = array("Q"), RowLabels(), RowReader()
    for _line, data in read_rows(chunks, max_line_bytes=max_line_bytes):
        ranks.append(xxh3_64_intdigest(data, plan.seed & _SEED_MASK))
        if plan.by_label:
            labels.see(reader.read(data))
    if plan.by_label and not labels.are_there:
        problem = "The answers of the file are no labels (few short texts that come again and again); leave it out."
        raise SampleImpossibleError(problem, param="by_label")
    return np.frombuffer(ranks, dtype=np.uint64), labels


def _count_wanted(plan: SamplePlan, n_rows: int) -> int:
    if n_rows == 0:
        raise SampleImpossibleError("The file has no rows.")
    if plan.rows is None:
        return min(max(1, round(plan.share * n_rows)), n_rows)
    if not 1 <= plan.rows <= n_rows:
        raise SampleImpossibleError(f"{plan.rows:,} rows are wanted and the file has {n_rows:,}.", param="rows")
    return plan.rows


def _take_lowest(ranks: NDArray[np.uint64], n_wanted: int) -> NDArray[np.bool_]:
    is_taken = np.zeros(len(ranks), dtype=np.bool_)
    is_taken[np.argsort(ranks, kind="stable")[:n_wanted]] = True
    return is_taken


def _take_by_label(ranks: NDArray[np.uint64], labels: NDArray[np.uint16], n_wanted: int) -> NDArray[np.bool_]:
    is_taken = np.zeros(len(ranks), dtype=np.bool_)
    counts = np.bincount(labels)
    for label, quota in enumerate(_share_out(counts, n_wanted)):
        (places,) = np.nonzero(labels == label)
        is_taken[places[np.argsort(ranks[places], kind="stable")[:quota]]] = True
    return is_taken


def _share_out(counts: NDArray[np.int64], n_wanted: int) -> list[int]:
    """Parts of `n_wanted` in proportion to `counts`, by largest remainders, first one for each that has any."""
    first = np.minimum(counts, 1) if int((counts > 0).sum()) <= n_wanted else np.zeros_like(counts)
    exact = np.maximum(counts * (n_wanted / counts.sum()), first)
    quotas = np.minimum(np.floor(exact).astype(np.int64), counts)
    # The ones given first may make the sum too large: they come off the largest parts.
    while quotas.sum() > n_wanted:
        quotas[int(np.argmax(quotas))] -= 1
    while quotas.sum() < n_wanted:
        quotas[int(np.argmax(np.where(quotas < counts, exact - quotas, -np.inf)))] += 1
    return [int(quota) for quota in quotas]
