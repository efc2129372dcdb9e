"""What is too much to hold lies on disk, reads as if it were held, and leaves nothing behind."""

import pickle
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from shared.datasets.spilling import N_PARTS, Parts, SpilledBytes
from tests.fuzzing import tries

PIECES = st.lists(st.binary(max_size=20), max_size=10)
RECORDS = st.lists(st.lists(st.tuples(st.integers(0, 3), st.binary(min_size=1, max_size=5)), max_size=5), max_size=8)


def spill(pieces: Iterable[bytes], *, beyond: int, folder: Path | None = None) -> SpilledBytes:
    spilled = SpilledBytes()
    for piece in pieces:
        spilled.extend(piece)
        spilled.spill(folder, beyond=beyond)
    return spilled


def open_files(folder: Path) -> list[Path]:
    """What this process has open below a folder, with a name or without."""
    targets = [link.readlink() for link in Path("/proc/self/fd").iterdir() if link.exists() or link.is_symlink()]
    return [target for target in targets if target.is_relative_to(folder)]


class TestSpilledBytes:
    @given(PIECES, PIECES, st.integers(0, 30), st.integers(0, 60), st.integers(0, 60))
    @tries(100)
    def test_read_as_if_held(self, pieces: list[bytes], more: list[bytes], beyond: int, start: int, n: int) -> None:
        """Any range of the bytes is what was added, over the edge of what is on disk, also when two are joined."""
        spilled = spill(pieces, beyond=beyond)
        spilled.extend_with(spill(more, beyond=beyond))
        whole = b"".join([*pieces, *more])

        assert len(spilled) == len(whole)
        assert spilled.read(start, start + n) == whole[start : start + n]

    def test_hold_no_more_than_they_may(self) -> None:
        """However much is added, what is in memory stays below the limit."""
        spilled = SpilledBytes()

        for _ in range(1_000):
            spilled.extend(b"x" * 100)
            spilled.spill(None, beyond=5_000)
            assert spilled.n_held <= 5_000

        assert len(spilled) == 100_000

    def test_travel_as_a_whole(self) -> None:
        """Another process gets all of the bytes, without the file."""
        spilled = spill([b"many", b"bytes"], beyond=5)

        assert pickle.loads(pickle.dumps(spilled)).read(0, 9) == b"manybytes"  # noqa: S301 - made here

    def test_files_have_no_name(self, tmp_path: Path) -> None:
        """In their folder nothing is to be seen, so that nothing is left of a process that is killed."""
        folder = tmp_path / "scratch"

        spilled = spill([b"bytes"], beyond=0, folder=folder)

        assert spilled.read(0, 5) == b"bytes"
        assert list(folder.iterdir()) == []
        assert len(open_files(folder)) == 1
        del spilled
        assert open_files(folder) == []

    def test_few_bytes_touch_no_disk(self, tmp_path: Path) -> None:
        """What may be held is held, and not even the folder is made."""
        spilled = spill([b"bytes"], beyond=5, folder=tmp_path / "scratch")

        assert spilled.n_held == 5
        assert not (tmp_path / "scratch").exists()


class TestParts:
    @given(RECORDS, st.integers(0, 40))
    @tries(100)
    def test_have_their_records_in_order(self, batches: list[list[tuple[int, bytes]]], max_held_bytes: int) -> None:
        """Of each part come the records that were added to it, in their order, spilled or held."""
        parts = Parts(None, max_held_bytes=max_held_bytes)
        wanted: dict[int, bytes] = defaultdict(bytes)
        for batch in batches:
            parts.add([part for part, _record in batch], [record for _part, record in batch])
            for part, record in batch:
                wanted[part] += record

        assert [b"".join(parts.read(part)) for part in range(N_PARTS)] == [wanted[part] for part in range(N_PARTS)]
