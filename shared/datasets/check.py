"""Checking a whole file in one pass: bytes to lines, lines to rows, rows through checks and past the watchers."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from shared.datasets.checks.context import Context
from shared.datasets.collector import Listener
from shared.datasets.depths import Depth, make_watchers
from shared.datasets.limits import Limits
from shared.datasets.lines import read_blocks
from shared.datasets.report import Report
from shared.datasets.sniff import HEAD_BYTES, find_file_fault
from shared.datasets.stretch import Stretch
from shared.datasets.watchers import Watcher

_BOM = b"\xef\xbb\xbf"


def check_file(
    chunks: Iterable[bytes],
    *,
    max_line_bytes: int,
    method: str | None = None,
    depth: Depth = Depth.STRUCTURE,
    item_fields: tuple[str, ...] = (),
    is_validation: bool = False,
    limits: Limits | None = None,
    extra: Sequence[Callable[[], Watcher]] = (),
    on_progress: Callable[[int], None] | None = None,
) -> Report:
    """The verdict on every line of a training file, in any of its formats.

    With a `method` (supervised, dpo, reinforcement) the rows must be in its format, else in any one. `item_fields`
    are those that a reinforcement job's grader reads; `limits` are what the target takes; `extra` makes watchers that
    go along beside those of the depth.
    `on_progress` is called after each chunk with the bytes read so far; what it raises ends the check.
    """
    context = Context(method=method, item_fields=item_fields, is_validation=is_validation, limits=limits or Limits())
    return check_stretch(
        chunks,
        max_line_bytes=max_line_bytes,
        context=context,
        depth=depth,
        extra=extra,
        on_progress=None if on_progress is None else lambda report: on_progress(report.bytes_read),
    ).finish()


def check_stretch(
    chunks: Iterable[bytes],
    *,
    max_line_bytes: int,
    context: Context,
    depth: Depth,
    is_first: bool = True,
    extra: Sequence[Callable[[], Watcher]] = (),
    on_progress: Callable[[Report], None] | None = None,
    listener: Listener | None = None,
) -> Stretch:
    """What one stretch of a file holds: whole lines, from its beginning if `is_first`.

    `on_progress` is called after each chunk with what was found so far. `listener` hears of each finding, with
    lines that count within the stretch.
    """
    stretch = Stretch(context, make_watchers(depth, extra=extra), max_line_bytes=max_line_bytes)
    stretch.found.listener = listener
    try:
        _read(stretch, chunks, max_line_bytes=max_line_bytes, is_first=is_first, on_progress=on_progress)
    finally:
        stretch.found.listener = None
    return stretch


def _read(
    stretch: Stretch,
    chunks: Iterable[bytes],
    *,
    max_line_bytes: int,
    is_first: bool,
    on_progress: Callable[[Report], None] | None,
) -> None:
    source = _counted(chunks, stretch.report, on_progress)
    start = 0
    if is_first:
        head = _read_head(source)
        is_whole = len(head) < HEAD_BYTES
        if head.startswith(_BOM):
            start = len(_BOM)
            head = head.removeprefix(_BOM)
            stretch.found.add("encoding_bom", "The file begins with a byte order mark; it is skipped.")
        if find_file_fault(head, stretch.found, is_whole=is_whole):
            stretch.is_readable = False
            return
        source = chain([head], source)
    stretch.read(read_blocks(source, max_line_bytes=max_line_bytes, start_offset=start))


def check_chat_file(
    chunks: Iterable[bytes], *, max_line_bytes: int, on_progress: Callable[[int], None] | None = None
) -> Report:
    """The check at upload: structure and exact duplicates, whatever the file is for."""
    return check_file(chunks, max_line_bytes=max_line_bytes, on_progress=on_progress)


def _counted(chunks: Iterable[bytes], report: Report, on_progress: Callable[[Report], None] | None) -> Iterator[bytes]:
    for chunk in chunks:
        report.bytes_read += len(chunk)
        yield chunk
        if on_progress is not None:
            on_progress(report)


def _read_head(source: Iterator[bytes]) -> bytes:
    pieces: list[bytes] = []
    held = 0
    while held < HEAD_BYTES and (chunk := next(source, None)) is not None:
        pieces.append(chunk)
        held += len(chunk)
    return b"".join(pieces)
