"""Whatever bytes a source has, it is converted or refused by an error of ours."""

import gzip
from contextlib import suppress
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from shared.datasets.conversion.containers.kinds import Kind
from shared.datasets.conversion.convert import Conversion
from shared.datasets.conversion.errors import ConversionError
from tests.fuzzing import tries
from tests.shared.datasets.conversion.sources import ROW, SMALL, zipped

STARTS = {
    Kind.JSON_LINES: (b"", b'{"question": ', b'{"messages": [{"role": "user", '),
    Kind.JSON: (b"[", b'[{"a": 1},', b'{"data": [', b"{\n"),
    Kind.CSV: (b"question,answer\n", b'a;"b', b"\xff\xfe", b"\xef\xbb\xbf"),
    Kind.TSV: (b"question\tanswer\n",),
    Kind.GZIP: (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", gzip.compress(ROW)),
    Kind.ZSTD: (b"\x28\xb5\x2f\xfd", zstandard.compress(ROW)),
    Kind.ZIP: (b"PK\x03\x04", zipped("a.jsonl"), zipped("a.csv")[:60]),
    Kind.TAR: (b"a.jsonl".ljust(257, b"\x00") + b"ustar\x0000",),
}
"How data of each container begins, so that what follows is read as that."


class TestAnyBytes:
    @pytest.mark.parametrize("kind", list(STARTS))
    def test_end_in_rows_or_in_our_error(self, tmp_path: Path, kind: Kind) -> None:
        """Whatever bytes follow, a source is converted or refused by an error of ours."""

        @tries(60)
        @given(
            st.sampled_from(STARTS[kind]),
            st.binary(max_size=400) | st.text(max_size=200).map(lambda t: t.encode("utf-8", "replace")),
        )
        def check(start: bytes, rest: bytes) -> None:
            source = tmp_path / f"source.{kind}"
            source.write_bytes(start + rest)
            convert_or_refuse(source)

        check()

    @pytest.mark.parametrize("name", ["book.xlsx", "table.parquet", "stream.arrow"])
    def test_of_native_formats(self, tmp_path: Path, name: str) -> None:
        """A workbook or a table with some of its bytes changed is converted or refused by an error of ours."""
        whole = native_bytes(tmp_path / name)

        @tries(8)
        @given(st.lists(st.tuples(st.integers(0, len(whole) - 1), st.integers(0, 255)), min_size=1, max_size=20))
        def check(changes: list[tuple[int, int]]) -> None:
            data = bytearray(whole)
            for place, byte in changes:
                data[place] = byte
            source = tmp_path / f"changed-{name}"
            source.write_bytes(data)
            convert_or_refuse(source)

        check()


def native_bytes(path: Path) -> bytes:
    records = [{"question": "a", "answer": "b"}] * 20
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in ([*records[0]], *([*record.values()] for record in records)):
            book.active.append(row)
        book.save(path)
    elif path.suffix == ".parquet":
        pa.parquet.write_table(pa.Table.from_pylist(records), path)
    else:
        table = pa.Table.from_pylist(records)
        with pa.ipc.new_stream(str(path), table.schema) as writer:
            writer.write_table(table)
    return path.read_bytes()


def convert_or_refuse(source: Path) -> None:
    with suppress(ConversionError), Conversion(source, limits=SMALL) as conversion:
        for item in conversion.convert(conversion.match()):
            assert item[1]
