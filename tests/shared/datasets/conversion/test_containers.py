"""Containers: the same records out of every kind of file."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet
import pytest

from shared.datasets.conversion.convert import Conversion
from shared.datasets.conversion.errors import AmbiguousSourceError, ConversionError, UnreadableSourceError
from shared.datasets.conversion.options import Options
from tests.shared.datasets.conversion.sources import chat, problems_of, rows_of

RECORDS = [{"question": "Où?", "answer": "Là, „hier“."}, {"question": 'Say\n"a";b', "answer": "3"}]
EXPECTED = [chat(record["question"], record["answer"]) for record in RECORDS]
LINES = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in RECORDS)

TEXTS = [
    ("lines.jsonl", LINES),
    ("lines.ndjson", "\n" + LINES.replace("\n", "\r\n\r\n").rstrip()),
    ("lines.json", LINES),
    ("marked.jsonl", "\ufeff" + LINES),
    ("array.json", json.dumps(RECORDS)),
    ("array.jsonl", json.dumps(RECORDS, indent=2)),
    ("unnamed", json.dumps(RECORDS)),
    ("spread.jsonl", "\n".join(json.dumps(record, indent=1) for record in RECORDS)),
    ("wrapped.json", json.dumps({"version": 2, "data": RECORDS}, indent=1)),
    ("wrapped.jsonl", json.dumps({"data": RECORDS})),
    ("columns.json", json.dumps({key: [record[key] for record in RECORDS] for key in RECORDS[0]})),
    ("viewer.json", json.dumps({"rows": [{"row_idx": n, "row": record} for n, record in enumerate(RECORDS)]})),
    ("comma.csv", 'question,answer\nOù?,"Là, „hier“."\n"Say\n""a"";b",3\n'),
    ("semicolon.csv", 'question;answer\r\nOù?;Là, „hier“.\r\n"Say\n""a"";b";3\r\n'),
    ("tab.tsv", 'question\tanswer\nOù?\tLà, „hier“.\n"Say\n""a"";b"\t3\n'),
    ("pipe.txt", 'question|answer\nOù?|Là, „hier“.\n"Say\n""a"";b"|3\n'),
    ("index.csv", ',question,answer\n0,Où?,"Là, „hier“."\n1,"Say\n""a"";b",3\n,,\n'),
    ("marked.csv", '\ufeffquestion,answer\nOù?,"Là, „hier“."\n"Say\n""a"";b",3'),
]


def write_workbook(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["question", "answer", None])
    sheet.append([RECORDS[0]["question"], RECORDS[0]["answer"], None])
    sheet.append([RECORDS[1]["question"], 3.0, None])
    book.create_sheet("Other").append(["nothing"])
    book.save(path)


def write_parquet(path: Path) -> None:
    pa.parquet.write_table(pa.Table.from_pylist(RECORDS), path)


def write_arrow(path: Path) -> None:
    table = pa.Table.from_pylist(RECORDS)
    with pa.ipc.new_file(str(path), table.schema) as writer:
        writer.write_table(table)


def write_stream(path: Path, records: list[dict[str, Any]] | None = None) -> None:
    table = pa.Table.from_pylist(records or RECORDS)
    with pa.ipc.new_stream(str(path), table.schema) as writer:
        writer.write_table(table)


BINARIES: list[tuple[str, Callable[[Path], None]]] = [
    ("book.xlsx", write_workbook),
    ("table.parquet", write_parquet),
    ("file.arrow", write_arrow),
    ("stream.arrow", write_stream),
]


def describe(path: Path, **wishes: Any) -> tuple[str, str | None]:
    with Conversion(path, **wishes) as conversion:
        detected = conversion.describe(conversion.match())
    return detected.container, detected.encoding


class TestTexts:
    @pytest.mark.parametrize(("name", "text"), TEXTS, ids=[name for name, _ in TEXTS])
    def test_are_read(self, tmp_path: Path, name: str, text: str) -> None:
        """Lines, arrays, documents and tables of any delimiter hold the same records."""
        source = tmp_path / name
        source.write_bytes(text.encode())

        assert rows_of(source) == EXPECTED

    def test_splits_in_one_object(self, tmp_path: Path) -> None:
        """An object with a list for each split is read by the name of one."""
        source = tmp_path / "faq.json"
        source.write_text(json.dumps({"train": RECORDS, "test": RECORDS[:1]}))

        with pytest.raises(AmbiguousSourceError, match="Name one in `split`: test, train"):
            rows_of(source)
        assert rows_of(source, split="train") == EXPECTED

    @pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig"])
    def test_encodings_of_tables(self, tmp_path: Path, encoding: str) -> None:
        """A table in an encoding of Excel's is read as what it says."""
        text = "question;answer\n" + "Was kostet der Käse heute?;Fünf Euro fünfzig, natürlich für „Größe“ M.\n" * 20
        source = tmp_path / "faq.csv"
        source.write_bytes(text.encode(encoding))

        assert rows_of(source)[0] == chat("Was kostet der Käse heute?", "Fünf Euro fünfzig, natürlich für „Größe“ M.")
        assert describe(source) == ("csv", encoding)

    def test_named_encoding(self, tmp_path: Path) -> None:
        """An encoding that was named is not guessed."""
        source = tmp_path / "faq.csv"
        source.write_bytes("question,answer\nčo?,nič\n".encode("cp1250"))

        assert rows_of(source, options=Options(encoding="cp1250")) == [chat("čo?", "nič")]

    def test_json_in_cells(self, tmp_path: Path) -> None:
        """A cell that plays the part of a list holds it as JSON."""
        source = tmp_path / "chats.csv"
        messages = json.dumps(chat("Hi", "Ho")["messages"]).replace('"', '""')
        source.write_text(f'id,messages\n1,"{messages}"\n')

        assert rows_of(source) == [chat("Hi", "Ho")]

    def test_formulas_stay_text(self, tmp_path: Path) -> None:
        """A cell that a spreadsheet would run is data like any other."""
        source = tmp_path / "faq.csv"
        source.write_text('question,answer\nSum?,"=1+1"\nCall?,@SUM(A1)\n')

        assert [row["messages"][1]["content"] for row in rows_of(source)] == ["=1+1", "@SUM(A1)"]

    def test_uneven_rows(self, tmp_path: Path) -> None:
        """A row of another width than the header is skipped by its number."""
        source = tmp_path / "faq.csv"
        source.write_text("question,answer\na,b\nc\nd,e,f\ng,h\n")

        assert problems_of(source) == [
            (2, "the row has 1 cells where the header has 2"),
            (3, "the row has 3 cells where the header has 2"),
        ]

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("question,question\na,b\n", 'Two columns of the table are called "question"'),
            (",\na,b\n", "names no column"),
            ("a" * 300 + ",b\nc,d\n", "Put the names of the columns above it"),
        ],
    )
    def test_broken_headers(self, tmp_path: Path, text: str, reason: str) -> None:
        """A table without names for its columns is refused."""
        source = tmp_path / "faq.csv"
        source.write_text(text)

        with pytest.raises(UnreadableSourceError, match=reason):
            rows_of(source)

    def test_broken_lines(self, tmp_path: Path) -> None:
        """Lines that are no objects are skipped by their numbers, and blank ones do not count as records."""
        source = tmp_path / "faq.jsonl"
        source.write_text(f"{LINES}\n[1]\n{{broken\n")

        assert [(number, reason[:12]) for number, reason in problems_of(source)] == [
            (4, "it is a list"),
            (5, "A key has no"),
        ]

    @pytest.mark.parametrize(
        ("text", "problems"),
        [
            ('[{"question": "a", "answer": "b"}, {"question": "c"', 1),
            ('[{"question": "a", "answer": "b"}] [', 1),
            ('[{"question": "a", "answer": "b"},', 1),
            ('[{"question": "a", "answer": "b"},, 7]', 2),
        ],
    )
    def test_broken_arrays(self, tmp_path: Path, text: str, problems: int) -> None:
        """What is wrong with an array is told, and the items before it are kept."""
        source = tmp_path / "faq.json"
        source.write_text(text)

        assert len(problems_of(source)) == problems


class TestBinaries:
    @pytest.mark.parametrize(("name", "write"), BINARIES, ids=[name for name, _ in BINARIES])
    def test_are_read(self, tmp_path: Path, name: str, write: Callable[[Path], None]) -> None:
        """Workbooks, Parquet files and both forms of Arrow data hold the same records."""
        source = tmp_path / name
        write(source)

        assert rows_of(source) == EXPECTED

    def test_cells_as_people_read_them(self, tmp_path: Path) -> None:
        """Numbers without a fraction, dates, times and truth values become the texts that people would write."""
        source = tmp_path / "book.xlsx"
        book = openpyxl.Workbook()
        book.active.append(["question", "answer"])
        # Cells know no time zones.
        moments = [dt.datetime(2026, 3, 1), dt.datetime(2026, 3, 1, 9, 30), 2.5, 12345678.0, True]  # noqa: DTZ001
        for number, value in enumerate(moments):
            book.active.append([number, value])
        book.save(source)

        answers = [row["messages"][1]["content"] for row in rows_of(source)]

        assert answers == ["2026-03-01", "2026-03-01T09:30:00", "2.5", "12345678", "true"]

    def test_named_sheet(self, tmp_path: Path) -> None:
        """A sheet can be named; one that is not there is answered with those that are."""
        source = tmp_path / "book.xlsx"
        write_workbook(source)

        with pytest.raises(AmbiguousSourceError, match='There are: "Sheet", "Other"'):
            rows_of(source, sheet="Third")

    def test_null_padding(self, tmp_path: Path) -> None:
        """Keys that Arrow gave to every object are gone, but for the content beside a call."""
        call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
        messages = [
            {"role": "user", "content": "Hi", "tool_calls": None, "tool_call_id": None},
            {"role": "assistant", "content": None, "tool_calls": [call], "tool_call_id": None},
            {"role": "tool", "content": "1", "tool_calls": None, "tool_call_id": "c1"},
            {"role": "assistant", "content": "One.", "tool_calls": None, "tool_call_id": None},
        ]
        source = tmp_path / "chats.parquet"
        pa.parquet.write_table(pa.Table.from_pylist([{"messages": messages}, chat("a", "b")]), source)

        padded, plain = rows_of(source)

        assert plain == chat("a", "b")
        assert padded["messages"][1:3] == [
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "content": "1", "tool_call_id": "c1"},
        ]

    def test_pictures(self, tmp_path: Path) -> None:
        """A picture in a table becomes a part of the message that has a mark for it."""
        picture = {"bytes": b"\x89PNG\r\n\x1a\n", "path": "a.png"}
        record = {"conversations": [{"from": "human", "value": "<image>\nWhat?"}, {"from": "gpt", "value": "A cat."}]}
        source = tmp_path / "images.parquet"
        pa.parquet.write_table(pa.Table.from_pylist([record | {"images": [picture]}]), source)

        assert rows_of(source)[0]["messages"][0]["content"] == [
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
            {"type": "text", "text": "What?"},
        ]

    @pytest.mark.parametrize("name", ["book.xlsx", "table.parquet", "file.arrow"])
    def test_broken(self, tmp_path: Path, name: str) -> None:
        """A file cut in half is refused."""
        source = tmp_path / name
        dict(BINARIES)[name](source)
        data = source.read_bytes()
        source.write_bytes(data[: len(data) // 2])

        with pytest.raises(ConversionError):
            rows_of(source)
