"""Sources made to do harm end in an error of ours: no path is left, no disk filled, no memory eaten, nothing hangs."""

import gzip
import io
import json
import resource
import struct
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet
import pytest
import zstandard

from shared.datasets.conversion.convert import convert_file
from shared.datasets.conversion.errors import (
    ConversionError,
    SourceTooLargeError,
    UnreadableSourceError,
    UnsafeArchiveError,
)
from shared.datasets.conversion.limits import Limits
from tests.shared.datasets.conversion.sources import ROW, SMALL, problems_of, write_lines, zipped


def convert(path: Path, limits: Limits = SMALL) -> None:
    list(convert_file(path, limits=limits))


class TestBombs:
    @pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress])
    def test_of_zeros(self, tmp_path: Path, compress: Any) -> None:
        """Data that unpacks to hundreds of times its size is refused before it is unpacked."""
        source = tmp_path / "bomb.jsonl.gz"
        source.write_bytes(compress(bytes(50 << 20)))

        with pytest.raises(SourceTooLargeError, match=r"times its size|more than 1 MiB"):
            convert(source)

    def test_of_honest_data(self, tmp_path: Path) -> None:
        """A bound on all unpacked bytes holds whatever their ratio."""
        (tmp_path / "large.zip").write_bytes(zipped("a.jsonl", "b.jsonl", "c.jsonl", data=ROW * 20_000))

        with pytest.raises(SourceTooLargeError, match="more than 1 MiB"):
            convert(tmp_path / "large.zip")

    def test_sizes_that_lie(self, tmp_path: Path) -> None:
        """A zip archive that declares a small size does not get more past the bound."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.jsonl", bytes(10 << 20))
        source = tmp_path / "lie.zip"
        source.write_bytes(buffer.getvalue().replace(struct.pack("<I", 10 << 20), struct.pack("<I", 10)))

        with pytest.raises(SourceTooLargeError):
            convert(source)

    def test_many_members(self, tmp_path: Path) -> None:
        """An archive of more files than anybody has is refused."""
        source = tmp_path / "many.zip"
        source.write_bytes(zipped(*(f"{number}.jsonl" for number in range(50))))

        with pytest.raises(SourceTooLargeError, match="more than 20 files"):
            convert(source, Limits(max_members=20))

    def test_sheets_as_large_as_they_get(self, tmp_path: Path) -> None:
        """A workbook of two cells at its far ends needs more memory than its reader may take, and only that ends."""
        source = tmp_path / "sparse.xlsx"
        book = openpyxl.Workbook()
        book.active["A1"] = "question"
        book.active["XFD1048576"] = "answer"
        book.save(source)

        with pytest.raises(SourceTooLargeError, match="memory"):
            convert(source, Limits(max_reader_bytes=1 << 30))

    def test_columns_of_one_value(self, tmp_path: Path) -> None:
        """A Parquet file of a million equal texts is read in batches, within the bounds of its reader."""
        n_rows = 1_000_000
        same = pa.DictionaryArray.from_arrays(pa.array([0] * n_rows, pa.int32()), ["x" * 5000])
        table = pa.table({"question": same, "answer": same})
        pa.parquet.write_table(table, tmp_path / "wide.parquet")

        with pytest.raises(SourceTooLargeError, match="more than 1000 records"):
            convert(tmp_path / "wide.parquet", Limits(max_rows=1000))

    def test_endless_items(self, tmp_path: Path) -> None:
        """Items, lines and cells that do not end are told once they pass the bound, and are not held."""
        sources = {
            "array.json": b'[{"question": "' + b"a" * 50_000,
            "document.json": b'{\n"question": "' + b"a" * 50_000,
            "table.csv": b"question,answer\n" + b"a" * 50_000,
            "quote.csv": b'question,answer\n"' + b"a\n" * 50_000,
        }
        for name, data in sources.items():
            (tmp_path / name).write_bytes(data)

            with pytest.raises(ConversionError):
                convert(tmp_path / name)

    def test_long_lines(self, tmp_path: Path) -> None:
        """A line beyond the bound is skipped, and the next one is read."""
        source = tmp_path / "long.jsonl"
        source.write_bytes(ROW + b'{"question": "' + b"a" * 50_000 + b'"}\n' + ROW)

        items = list(convert_file(source, limits=SMALL))

        assert [item.number for item in items] == [1, 2, 3]
        assert items[1][1] == "the line is longer than 10000 bytes"

    def test_memory_is_flat(self, tmp_path: Path) -> None:
        """A source of 40 MB is converted within a few megabytes more than one of 2."""
        source = tmp_path / "large.json"
        item = json.dumps({"question": "a" * 2000, "answer": "b"})
        source.write_text("[" + ",\n".join([item] * 20_000) + "]")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

        n_rows = sum(1 for _ in convert_file(source))

        assert n_rows == 20_000
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 25_000


class TestPaths:
    @pytest.mark.parametrize("name", ["../../evil.jsonl", "/etc/evil.jsonl", "..\\evil.jsonl", "C:/evil.jsonl"])
    def test_out_of_an_archive(self, tmp_path: Path, name: str) -> None:
        """A path that leads out of its archive is refused."""
        source = tmp_path / "slip.zip"
        source.write_bytes(zipped(name))

        with pytest.raises(UnsafeArchiveError, match="leads out of it"):
            convert(source)

    @pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
    def test_links_and_devices(self, tmp_path: Path, kind: bytes) -> None:
        """Links and devices in an archive are refused."""
        source = tmp_path / "links.tar.gz"
        with tarfile.open(source, "w:gz") as archive:
            member = tarfile.TarInfo("a.jsonl")
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)

        with pytest.raises(UnsafeArchiveError, match="link or a device"):
            convert(source)

    @pytest.mark.parametrize("state", [b"5", b'{"_data_files": 5}', b'{"_data_files": [{"filename": 5}]}', b"{"])
    def test_broken_descriptions(self, tmp_path: Path, state: bytes) -> None:
        """A saved dataset whose description is none is refused."""
        source = tmp_path / "saved.zip"
        source.write_bytes(zipped("d/state.json", data=state))

        with pytest.raises(UnreadableSourceError):
            convert(source)

    def test_in_descriptions(self, tmp_path: Path) -> None:
        """A saved dataset that names a file elsewhere is refused."""
        source = tmp_path / "saved.zip"
        source.write_bytes(zipped("d/state.json", data=b'{"_data_files": [{"filename": "../../etc/passwd"}]}'))

        with pytest.raises(UnreadableSourceError, match="not in the archive"):
            convert(source)


class TestNests:
    @pytest.mark.parametrize(
        ("name", "data"),
        [
            ("zips.zip", zipped("inner.zip", data=zipped("a.jsonl"))),
            ("hidden.zip", zipped("inner.jsonl", data=zipped("a.jsonl"))),
            ("gz.zip", zipped("a.jsonl.gz", data=gzip.compress(ROW))),
            ("twice.jsonl.gz", gzip.compress(gzip.compress(ROW))),
            ("zip.gz", gzip.compress(zipped("a.jsonl"))),
        ],
        # Archives hold the time at which they were made, and two processes that share the tests must name them alike.
        ids=["zip in zip", "hidden zip in zip", "gzip in zip", "gzip in gzip", "zip in gzip"],
    )
    def test_are_refused(self, tmp_path: Path, name: str, data: bytes) -> None:
        """An archive in an archive is not opened, however it is called."""
        source = tmp_path / name
        source.write_bytes(data)

        with pytest.raises(UnsafeArchiveError):
            convert(source)


class TestForeignData:
    @pytest.mark.parametrize(
        "data",
        [b"", b"  \n", b"%PDF-1.7", b"\x80\x04\x95pickle", b"<html><table>", b"\x00\x01\x02", "[1]".encode("utf-32")],
    )
    def test_is_refused(self, tmp_path: Path, data: bytes) -> None:
        """What is no data is refused in a sentence, and never run."""
        source = tmp_path / "source"
        source.write_bytes(data)

        with pytest.raises(UnreadableSourceError):
            convert(source)

    def test_images_elsewhere(self, tmp_path: Path) -> None:
        """An image that is a path of some machine, or one too many, makes no row."""
        turns = [{"from": "human", "value": "<image>What?"}, {"from": "gpt", "value": "A cat."}]
        source = write_lines(
            tmp_path,
            {"conversations": turns, "images": ["/etc/passwd"]},
            {"conversations": turns, "images": ["https://example.com/a.png", "https://example.com/b.png"]},
        )

        assert [reason[:24] for _, reason in problems_of(source)] == [
            "an image is a path; rows",
            "image_marker_mismatch: 1",
        ]
