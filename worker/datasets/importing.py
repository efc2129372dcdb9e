"""What the operation `import` does: fetch the source, tell what it is, and, once that is agreed to, convert it.

A source from an address becomes a file of its own first, so that the new file has a parent and a confirmed import reads
the very bytes that were shown.
"""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from shared import clock
from shared.datasets.conversion.convert import Conversion, nothing_converted
from shared.datasets.conversion.detect import Match
from shared.datasets.conversion.errors import FormatNotRecognisedError, SourceTooLargeError
from shared.datasets.conversion.limits import Limits
from shared.datasets.conversion.options import read_options
from shared.datasets.conversion.record import Converted
from shared.datasets.imports.errors import ObjectNotThereError
from shared.datasets.imports.service import check_object_key, without_query
from shared.datasets.imports.tally import Tally, cut_value, describe, preview
from shared.datasets.operations.outcome import MadeFile, Outcome
from shared.files.tables import Purpose
from shared.storage.errors import ObjectNotFoundError
from worker.datasets.operation_run import OperationRun
from worker.download import download, name_of

_FETCHED_SHARE = 0.2
_LEFT_BEHIND_SECONDS = 24 * 3600.0
_ENDINGS = frozenset({
    ".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".txt", ".xlsx", ".ods", ".parquet", ".arrow", ".feather",
    ".gz", ".tgz", ".tar", ".zst", ".zip",
})  # fmt: skip


@dataclass(frozen=True)
class _Source:
    path: Path
    name: str
    origin: dict[str, str]
    "For the lineage: where the bytes came from."
    parents: list[str]
    made: list[MadeFile]
    "The file that a downloaded source becomes."


def import_dataset(run: OperationRun) -> Outcome:
    """A preview that waits for somebody to agree, or the new file. Raises a ConversionError and its kin."""
    scratch = run.settings.data_dir / "scratch"
    scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sweep(scratch)
    # A workbook is read as a whole and an archive unpacked before there is progress to tell of.
    with run.beating(), TemporaryDirectory(dir=scratch, prefix="import-") as folder:
        source = _fetch(run, Path(folder))
        partner = _fetch_partner(run, Path(folder))
        conversion = Conversion(
            source.path,
            name=source.name,
            partner=partner,
            split=run.params.get("split"),
            sheet=run.params.get("sheet"),
            options=read_options(run.params.get("options") or {}),
            limits=Limits(
                max_record_bytes=run.settings.max_line_bytes, max_expanded_bytes=run.settings.max_upload_bytes
            ),
            scratch=Path(folder),
        )
        with conversion:
            return _show(run, conversion, source) if run.params.get("preview") else _convert(run, conversion, source)


def _sweep(scratch: Path) -> None:
    """Remove folders of attempts that were killed; none that is at work is that old."""
    for folder in scratch.glob("import-*"):
        with suppress(FileNotFoundError):
            if folder.stat().st_mtime < clock.now() - _LEFT_BEHIND_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)


def _show(run: OperationRun, conversion: Conversion, source: _Source) -> Outcome:
    told: dict[str, Any]
    try:
        match = _match(run, conversion)
        told = {"detected": describe(conversion.describe(match)), "preview": preview(conversion, match)}
    except FormatNotRecognisedError as error:
        # Somebody who sees the fields can still say which is which.
        told = {"detected": None, "fields": cut_value(conversion.fields), "problem": error.message}
    return Outcome(told | _source_of(source), source.made, awaits_confirmation=True)


def _convert(run: OperationRun, conversion: Conversion, source: _Source) -> Outcome:
    match = _match(run, conversion)
    tally, written_bytes = Tally(), 0
    with run.writing("dataset") as output:
        for item in conversion.convert(match):
            tally.add(item)
            run.report_progress(_FETCHED_SHARE + (1 - _FETCHED_SHARE) * conversion.share_read)
            if isinstance(item, Converted):
                written_bytes += len(item.line)
                _check_size(written_bytes, run.settings.max_upload_bytes)
                output.write(item.line)
        if not tally.n_rows:
            raise nothing_converted(tally.first_problem)
        detail = source.origin | {
            "format": match.dialect.name,
            "mapping": cut_value(match.mapping.to_dict()),
            "options": run.params.get("options") or {},
            "n_rows": tally.n_rows,
            "n_skipped": tally.n_skipped,
        }
        made = output.store_as(
            filename=run.params.get("filename") or f"{_stem(source.name)}.jsonl",
            purpose=Purpose.FINE_TUNE,
            detail=detail,
            parents=source.parents,
        )
    detected = {"detected": describe(conversion.describe(match))}
    return Outcome(tally.to_dict() | detected | _source_of(source), [*source.made, made])


def _check_size(n_bytes: int, max_bytes: int) -> None:
    """A long passage becomes part of each of its questions, so little data can make many rows."""
    if n_bytes > max_bytes:
        raise SourceTooLargeError(f"The new file would have more than {max_bytes >> 20} MiB. Split the source.")


def _match(run: OperationRun, conversion: Conversion) -> Match:
    return conversion.match(format_name=run.params.get("format"), mapping=run.params.get("mapping"))


def _source_of(source: _Source) -> dict[str, Any]:
    return {"source_file": source.parents[0]} if source.parents else {}


def _fetch(run: OperationRun, folder: Path) -> _Source:
    path = folder / "source"
    fetched_before = (run.operation.result or {}).get("source_file")
    if "url" in run.params and fetched_before is None:
        return _download(run, path)
    if "object_key" in run.params:
        return _copy_object(run, path)
    file_id = run.params.get("file_id") or fetched_before
    file = run.input_file(str(file_id))
    _copy(run, run.read(file), path)
    origin = {"url": without_query(run.params["url"])} if "url" in run.params else {}
    return _Source(path, file.filename, origin, list(dict.fromkeys([file.id, *run.operation.files])), [])


def _download(run: OperationRun, path: Path) -> _Source:
    url = str(run.params["url"])
    with run.writing("source") as output, path.open("wb") as copy:

        def write(chunk: bytes) -> None:
            output.write(chunk)
            copy.write(chunk)
            run.report_progress(0.0)

        download(url, run.settings, write=write)
        made = output.store_as(
            filename=name_of(url),
            purpose=Purpose.USER_DATA,
            detail={"url": without_query(url)},
            parents=run.operation.files,
        )
    return _Source(path, made.filename, {"url": without_query(url)}, [made.file_id, *run.operation.files], [made])


def _copy_object(run: OperationRun, path: Path) -> _Source:
    key = str(run.params["object_key"])
    check_object_key(key, run.operation.project_id)
    try:
        _copy(run, _at_most(run.settings.max_upload_bytes, run.store.iter_chunks(key)), path)
    except ObjectNotFoundError:
        raise ObjectNotThereError(key) from None
    return _Source(path, PurePosixPath(key).name, {"object_key": key}, run.operation.files, [])


def _at_most(max_bytes: int, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks. Raises SourceTooLargeError in their midst: nobody has measured what others lay into the store."""
    n_bytes = 0
    for chunk in chunks:
        n_bytes += len(chunk)
        if n_bytes > max_bytes:
            raise SourceTooLargeError(
                f"The object has more than {max_bytes >> 20} MiB, which is the most that is taken."
            )
        yield chunk


def _fetch_partner(run: OperationRun, folder: Path) -> Path | None:
    file_id = run.params.get("join_file_id")
    if file_id is None:
        return None
    path = folder / "partner.jsonl"
    _copy(run, run.read(run.input_file(file_id)), path)
    return path


def _copy(run: OperationRun, chunks: Iterable[bytes], path: Path) -> None:
    with path.open("wb") as copy:
        for chunk in chunks:
            copy.write(chunk)
            run.report_progress(0.0)


def _stem(name: str) -> str:
    """A source's name without the endings of its container."""
    stem = name
    while PurePosixPath(stem).suffix.lower() in _ENDINGS:
        stem = PurePosixPath(stem).stem
    return stem or "dataset"
