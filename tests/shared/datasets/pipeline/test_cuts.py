"""Files are cut at line ends, whatever their lines are like."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.datasets.pipeline.cuts import Cut, cut_file
from shared.storage.local import LocalStore

PART_BYTES = 100
ROW = b'{"messages": []}\n'


def cut(tmp_path: Path, data: bytes, part_bytes: int = PART_BYTES) -> list[Cut]:
    store = LocalStore(tmp_path)
    with store.writer("files/a") as writer:
        writer.write(data)
        writer.commit()
    return cut_file(store, "files/a", size_bytes=len(data), part_bytes=part_bytes)


class TestCutFile:
    @given(lengths=st.lists(st.integers(0, 300), min_size=1, max_size=30), is_ended=st.booleans())
    def test_parts_are_whole_lines_of_the_file(
        self, tmp_path_factory: pytest.TempPathFactory, lengths: list[int], is_ended: bool
    ) -> None:
        """The parts follow each other without a gap, and each but the last ends with a line."""
        data = b"\n".join(b"x" * length for length in lengths) + (b"\n" if is_ended else b"")

        cuts = cut(tmp_path_factory.mktemp("objects"), data)

        pieces = [data[part.start : part.end] for part in cuts]
        assert b"".join(pieces) == data
        assert all(piece.endswith(b"\n") for piece in pieces[:-1])
        assert all(pieces) or not data

    def test_parts_are_about_as_long_as_asked(self, tmp_path: Path) -> None:
        """A part is longer than asked by less than a line."""
        lengths = [part.end - part.start for part in cut(tmp_path, ROW * 60)]

        assert max(lengths) < PART_BYTES + len(ROW)
        assert len(lengths) == len(ROW) * 60 // PART_BYTES + 1

    def test_a_line_over_many_cuts_stays_whole(self, tmp_path: Path) -> None:
        """A line that is longer than a part makes one longer part."""
        data = ROW + b"x" * 1000 + b"\n" + ROW

        pieces = [data[part.start : part.end] for part in cut(tmp_path, data)]

        assert [piece.count(b"x" * 1000) for piece in pieces if b"x" in piece] == [1]

    @pytest.mark.parametrize(
        "data", [b"\x1f\x8b\x08\x00\n" * 100, b'[{"messages": []},\n' * 100], ids=["gzip", "array"]
    )
    def test_what_is_no_text_in_lines_is_not_cut(self, tmp_path: Path, data: bytes) -> None:
        """Of a file that is an archive or one document nobody reads more than the beginning."""
        assert cut(tmp_path, data) == [Cut(0, len(data))]
