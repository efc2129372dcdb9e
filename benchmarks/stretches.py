"""Our check of one file by two processes: the file is cut at line ends, and the stretches are merged in order."""

from collections.abc import Iterator
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.contest import peak_bytes
from shared.datasets.check import check_stretch
from shared.datasets.checks.context import Context
from shared.datasets.depths import Depth, make_watchers
from shared.datasets.stretch import Stretch
from shared.datasets.tokens.counted import get_row_counter
from shared.datasets.tokens.target import hosted_target
from shared.datasets.tokens.watcher import TokenWatcher

_PROCESSES = 2
_STRETCH_BYTES = 16 << 20
_READ_BYTES = 1 << 20
_MAX_LINE_BYTES = 4 << 20


class Piece(NamedTuple):
    path: Path
    start: int
    end: int


class Done(NamedTuple):
    stretch: Stretch
    peak_bytes: int


def cut(path: Path, stretch_bytes: int = _STRETCH_BYTES) -> Iterator[Piece]:
    """Pieces of whole lines."""
    size = path.stat().st_size
    start = 0
    with path.open("rb") as file:
        while start < size:
            file.seek(min(start + stretch_bytes, size))
            file.readline()
            yield Piece(path, start, file.tell())
            start = file.tell()


def check(path: Path, model: str, *, depth: str) -> dict[str, Any]:
    """The report on a file, with its tokens.

    Workers are forked from a process that has everything loaded; loading it is part of the time.
    """
    # As the check of a file would: numpy and the language model are no part of the shallow one.
    make_watchers(Depth(depth))
    get_row_counter(model).texts.count([""])
    peaks = []
    whole: Stretch | None = None
    with get_context("fork").Pool(_PROCESSES) as pool:
        for done in pool.imap(partial(_read, model=model, depth=Depth(depth)), cut(path)):
            peaks.append(done.peak_bytes)
            if whole is None:
                whole = done.stretch
            else:
                whole.merge(done.stretch)
        pool.close()
        pool.join()
    if whole is None:
        return {"rows": 0, "peaks": peaks}
    report = whole.finish()
    tokens = report.facts["tokens"]["total"]
    return {"rows": report.n_lines, "tokens": tokens, "counts": dict(report.counts), "peaks": peaks}


def _read(piece: Piece, *, model: str, depth: Depth) -> Done:
    stretch = check_stretch(
        _chunks(piece),
        max_line_bytes=_MAX_LINE_BYTES,
        context=Context(method="supervised"),
        depth=depth,
        is_first=piece.start == 0,
        extra=[partial(TokenWatcher, hosted_target(model))],
    )
    return Done(stretch, peak_bytes())


def _chunks(piece: Piece) -> Iterator[bytes]:
    with piece.path.open("rb") as file:
        file.seek(piece.start)
        left = piece.end - piece.start
        while left and (chunk := file.read(min(_READ_BYTES, left))):
            left -= len(chunk)
            yield chunk
