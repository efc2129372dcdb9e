"""What split, fixes, merge and sample do: streams from the store through `shared/datasets` into the store."""

from pathlib import PurePath
from typing import Any

from shared.datasets.fixing.fix import fix_rows
from shared.datasets.operations.outcome import Outcome
from shared.datasets.reshaping.merge import MergePlan, Part, merge_rows
from shared.datasets.reshaping.sample import SamplePlan, sample_rows
from shared.datasets.reshaping.split import SplitPlan, split_rows
from shared.files.tables import File, Purpose
from worker.datasets.operation_run import OperationRun


def split(run: OperationRun) -> Outcome:
    """Two files, so that validation knows nothing of training."""
    file = run.input_file(run.operation.files[0])
    plan = SplitPlan(**_without(run.params, "filename"))
    with run.writing("training") as training, run.writing("validation") as validation:
        summary = split_rows(
            lambda: run.read(file),
            plan,
            n_bytes=file.bytes,
            write_training=training.write,
            write_validation=validation.write,
            max_line_bytes=run.settings.max_line_bytes,
            on_progress=run.report_progress,
        )
        made = [
            output.store_as(
                filename=_name(run, file, output.role),
                purpose=file.purpose,
                detail={"seed": plan.seed, "group_by": plan.group_by, "n_rows": summary[output.role]["n_rows"]},
            )
            for output in (training, validation)
        ]
    return Outcome(summary, made)


def fixes(run: OperationRun) -> Outcome:
    """A new version of a file, and the list of its changes; neither where there is nothing to fix."""
    file = run.input_file(run.operation.files[0])
    with run.writing("fixed") as fixed, run.writing("changes") as changes:
        summary = fix_rows(
            lambda: run.read(file),
            run.params["codes"],
            n_bytes=file.bytes,
            write=fixed.write,
            write_change=changes.write,
            max_line_bytes=run.settings.max_line_bytes,
            on_progress=run.report_progress,
        )
        if not summary["is_changed"]:
            return Outcome(summary)
        detail = {key: summary[key] for key in ("codes", "n_rows", "n_rows_changed", "n_rows_dropped")}
        made = [fixed.store_as(filename=_name(run, file, "fixed"), purpose=file.purpose, detail=detail)]
        if summary["n_rows_changed"]:
            # No training data: nobody checks it, and any client can read it.
            made.append(changes.store_as(filename=_name(run, file, "changes"), purpose=Purpose.USER_DATA))
    return Outcome(summary, made)


def sample(run: OperationRun) -> Outcome:
    """One file with some of the rows."""
    file = run.input_file(run.operation.files[0])
    with run.writing("sample") as output:
        summary = sample_rows(
            lambda: run.read(file),
            SamplePlan(**_without(run.params, "filename")),
            n_bytes=file.bytes,
            write=output.write,
            max_line_bytes=run.settings.max_line_bytes,
            on_progress=run.report_progress,
        )
        detail = {key: summary[key] for key in ("seed", "n_rows", "n_rows_of")}
        made = output.store_as(filename=_name(run, file, "sample"), purpose=file.purpose, detail=detail)
    return Outcome(summary, [made])


def merge(run: OperationRun) -> Outcome:
    """One file with the rows of several."""
    files = [run.input_file(file_id) for file_id in run.operation.files]
    parts = [Part(f"{file.id} ({file.filename})", lambda file=file: run.read(file), file.bytes) for file in files]  # type: ignore[misc]  # mypy infers no type for a default argument of a lambda
    with run.writing("merged") as output:
        summary = merge_rows(
            parts,
            MergePlan(**_without(run.params, "filename")),
            write=output.write,
            max_line_bytes=run.settings.max_line_bytes,
            on_progress=run.report_progress,
        )
        detail = {key: summary[key] for key in ("n_rows", "n_duplicates_left_out", "shuffle_seed")}
        made = output.store_as(filename=_name(run, files[0], "merged"), purpose=files[0].purpose, detail=detail)
    return Outcome(summary, [made])


def _without(params: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in params.items() if key != name}


def _name(run: OperationRun, file: File, role: str) -> str:
    """`orders.jsonl` becomes `orders-validation.jsonl`; a name that was asked for stands for the first part."""
    return f"{PurePath(run.params.get('filename') or file.filename).stem}-{role}.jsonl"
