"""Checking a file of this machine: cut at line ends, read by as many processes as there are cores, and merged."""

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from cli.data.files import read_chunks
from shared.datasets.check import check_stretch
from shared.datasets.checks.context import Context
from shared.datasets.depths import Depth
from shared.datasets.report import Report
from shared.datasets.stretch import Stretch
from shared.datasets.watchers import Watcher

_PIECE_BYTES = 16 << 20
"""A few seconds of work, so that the bar moves. A smaller file is read here: processes take a second to start."""


class Piece(NamedTuple):
    path: Path
    start: int
    end: int


@dataclass(frozen=True)
class Wishes:
    """What is wanted of a check. Travels to the processes that read."""

    context: Context
    depth: Depth
    max_line_bytes: int
    extra: tuple[Callable[[], Watcher], ...] = ()
    in_one_process: bool = False
    "For what cannot travel, or has to end at once when it is interrupted."


def read_file(path: Path, wishes: Wishes, on_progress: Callable[[float], None]) -> Stretch:
    """The whole file as one stretch that has not been concluded. `on_progress` hears the share that is read."""
    pieces = list(_cut(path))
    if len(pieces) == 1 or wishes.in_one_process:
        stretches = _read_here(pieces, wishes, on_progress)
    else:
        stretches = _read_in_processes(pieces, wishes)
    return _merge(stretches, n_pieces=len(pieces), on_progress=on_progress)


def _cut(path: Path) -> Iterator[Piece]:
    """Pieces of whole lines; one that is empty for an empty file."""
    size = path.stat().st_size
    start = 0
    with path.open("rb") as file:
        while start < size or start == 0:
            file.seek(min(start + _PIECE_BYTES, size))
            file.readline()
            end = file.tell()
            yield Piece(path, start, end)
            if end <= start:
                return
            start = end


def _read_here(pieces: list[Piece], wishes: Wishes, on_progress: Callable[[float], None]) -> Iterator[Stretch]:
    size = max(pieces[-1].end, 1)

    def tell(piece: Piece, report: Report) -> None:
        on_progress((piece.start + report.bytes_read) / size)

    for piece in pieces:
        yield _read(piece, wishes, partial(tell, piece))


def _read_in_processes(pieces: list[Piece], wishes: Wishes) -> Iterator[Stretch]:
    n_processes = min(len(pieces), os.cpu_count() or 1)
    pool = ProcessPoolExecutor(n_processes, mp_context=get_context("spawn"))
    try:
        with _interrupts_held():
            stretches = pool.map(partial(_read, wishes=wishes), pieces)
        yield from stretches
    finally:
        # After an interrupt nobody wants the pieces that are still waiting.
        pool.shutdown(cancel_futures=True)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Ctrl-C reaches every process of a terminal; those started within never hear it, and this one does afterwards.

    An initializer of theirs would come too late: what they import before it takes a second.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _merge(stretches: Iterator[Stretch], *, n_pieces: int, on_progress: Callable[[float], None]) -> Stretch:
    whole = next(stretches)
    on_progress(1 / n_pieces)
    # A file that is no text in lines has been explained by its first piece.
    for number, stretch in enumerate(stretches if whole.is_readable else (), start=2):
        whole.merge(stretch)
        on_progress(number / n_pieces)
    return whole


def _read(piece: Piece, wishes: Wishes, on_progress: Callable[[Report], None] | None = None) -> Stretch:
    return check_stretch(
        read_chunks(piece.path, piece.start, piece.end),
        max_line_bytes=wishes.max_line_bytes,
        context=wishes.context,
        depth=wishes.depth,
        is_first=piece.start == 0,
        extra=wishes.extra,
        on_progress=on_progress,
    )
