"""ODS workbooks, as office programs write them: repeated cells, paragraphs, padding to the edge of the sheet."""

import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from shared.datasets.conversion.convert import Conversion
from shared.datasets.conversion.errors import (
    AmbiguousSourceError,
    ConversionError,
    UnreadableSourceError,
)
from shared.datasets.conversion.limits import Limits
from tests.shared.datasets.conversion.sources import chat, rows_of

MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"
NAMESPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text", "style")
)
HIDDEN = (
    '<style:style style:name="hidden" style:family="table">'
    '<style:table-properties table:display="false"/></style:style>'
)
PADDING = (
    '<table:table-row table:number-rows-repeated="1048573"><table:table-cell table:number-columns-repeated="16384"/>'
    "</table:table-row>"
)
"What office programs put behind the last row."


def cell(attributes: str, *paragraphs: str) -> str:
    inside = "".join(f"<text:p>{escape(paragraph)}</text:p>" for paragraph in paragraphs)
    return f"<table:table-cell {attributes}>{inside}</table:table-cell>"


def text(*paragraphs: str, repeated: int = 1) -> str:
    return cell(f'office:value-type="string" table:number-columns-repeated="{repeated}"', *paragraphs)


def value(kind: str, attribute: str, written: str) -> str:
    return cell(f'office:value-type="{kind}" office:{attribute}="{written}"', "as it is shown")


def row(*cells: str) -> str:
    padding = f'<table:table-cell table:number-columns-repeated="{16384 - len(cells)}"/>'
    return f"<table:table-row>{''.join(cells)}{padding}</table:table-row>"


def sheet(name: str, *rows: str, style: str = "shown") -> str:
    return f'<table:table table:name="{name}" table:style-name="{style}">{"".join(rows)}{PADDING}</table:table>'


def write_document(path: Path, *sheets: str) -> Path:
    content = (
        f"<?xml version='1.0' encoding='UTF-8'?><office:document-content {NAMESPACES}>"
        f"<office:automatic-styles>{HIDDEN}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{''.join(sheets)}</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as document:
        document.writestr("mimetype", MIMETYPE, zipfile.ZIP_STORED)
        document.writestr("content.xml", content)
        document.writestr("META-INF/manifest.xml", "<manifest/>")
    return path


FAQ = sheet("FAQ", row(text("question"), text("answer")), row(text("Où?"), text("Là, <hier>.")))


class TestReading:
    @pytest.mark.parametrize("name", ["faq.ods", "faq", "faq.zip"])
    def test_is_told_by_its_bytes(self, tmp_path: Path, name: str) -> None:
        """An ODS workbook is one whatever it is called, and its padding to the edge of the sheet is no row."""
        source = write_document(tmp_path / name, FAQ)

        with Conversion(source) as conversion:
            container = conversion.describe(conversion.match()).container

        assert container == "ods"
        assert rows_of(source) == [chat("Où?", "Là, <hier>.")]

    def test_cells_as_people_read_them(self, tmp_path: Path) -> None:
        """Values of cells count, not what a program showed: whole numbers, dates, truth, paragraphs as lines."""
        cells = {
            value("float", "value", "3"): "3",
            value("float", "value", "2.5"): "2.5",
            value("boolean", "boolean-value", "true"): "true",
            value("date", "date-value", "2026-03-01"): "2026-03-01",
            value("date", "date-value", "2026-03-01T09:30:00"): "2026-03-01T09:30:00",
            text("one", "two"): "one\ntwo",
        }
        rows = [row(text("question"), text("answer")), *(row(text("?"), cell) for cell in cells)]

        answers = [
            made["messages"][1]["content"] for made in rows_of(write_document(tmp_path / "a.ods", sheet("A", *rows)))
        ]

        assert answers == list(cells.values())

    def test_repeated_cells(self, tmp_path: Path) -> None:
        """Neighbours that say the same are written once and read as many."""
        source = write_document(
            tmp_path / "a.ods", sheet("A", row(text("question"), text("answer")), row(text("same", repeated=2)))
        )

        assert rows_of(source) == [chat("same", "same")]

    def test_sheets(self, tmp_path: Path) -> None:
        """The first visible sheet is read, or the one that is named; for one that is not there the others are told."""
        notes = sheet("Notes", row(text("note")), style="hidden")
        source = write_document(
            tmp_path / "a.ods", notes, FAQ, sheet("More", row(text("input"), text("output")), row(text("a"), text("b")))
        )

        assert rows_of(source) == [chat("Où?", "Là, <hier>.")]
        assert rows_of(source, sheet="More") == [chat("a", "b")]
        with pytest.raises(AmbiguousSourceError, match='There are: "Notes", "FAQ", "More"'):
            rows_of(source, sheet="Third")


class TestHostile:
    @pytest.mark.parametrize(("n_rows", "reason"), [(5000, "memory"), (1_048_576, "Cell limit exceeded")])
    def test_one_cell_for_a_whole_sheet(self, tmp_path: Path, n_rows: int, reason: str) -> None:
        """A cell that is repeated to the edges of the sheet meets a bound of its reader, and only that ends."""
        full = text("x" * 100, repeated=16384)
        bomb = f'<table:table-row table:number-rows-repeated="{n_rows}">{full}</table:table-row>'
        source = write_document(tmp_path / "bomb.ods", sheet("A", row(text("question"), text("answer")), bomb))

        with pytest.raises(ConversionError, match=reason):
            rows_of(source, limits=Limits(max_reader_bytes=1 << 30))

    def test_entities(self, tmp_path: Path) -> None:
        """Entities are not expanded, neither into each other nor into files of this machine."""
        source = tmp_path / "entities.ods"
        declared = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        write_document(source, FAQ.replace("Là", "&a;"))
        with zipfile.ZipFile(source) as document:
            content = document.read("content.xml").decode().replace("?>", f"?>{declared}", 1)
        with zipfile.ZipFile(source, "w") as document:
            document.writestr("mimetype", MIMETYPE)
            document.writestr("content.xml", content)

        with pytest.raises(ConversionError):
            rows_of(source)

    @pytest.mark.parametrize("content", ["", "<office", "<office:document-content/>"], ids=["empty", "cut", "bare"])
    def test_broken(self, tmp_path: Path, content: str) -> None:
        """A workbook whose content is broken is unreadable, in words."""
        source = tmp_path / "broken.ods"
        with zipfile.ZipFile(source, "w") as document:
            document.writestr("mimetype", MIMETYPE)
            document.writestr("content.xml", content)

        with pytest.raises(UnreadableSourceError):
            rows_of(source)
