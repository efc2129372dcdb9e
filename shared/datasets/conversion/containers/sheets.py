"""Workbooks: the first sheet or a named one, its cells as texts. A first row that names the columns is required."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from shared.datasets.conversion.containers.delimited import check_header, make_record
from shared.datasets.conversion.errors import AmbiguousSourceError, UnreadableSourceError
from shared.datasets.conversion.record import Problem, Record
from shared.quoting import quote

_NAMES_SHOWN = 20


def read_sheet(path: Path, sheet: str) -> Iterator[dict[str, Any] | Problem]:
    """Rows of a sheet by the names of their columns. Raises UnreadableSourceError, AmbiguousSourceError."""
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        name = _choose(workbook, sheet)
        rows = iter(workbook.get_sheet_by_name(name).to_python(skip_empty_area=True))
    except CalamineError as error:
        raise UnreadableSourceError(f"The workbook cannot be read: {quote(str(error))}.") from None
    header = next(rows, None)
    if header is None:
        raise UnreadableSourceError(f"The sheet {quote(name)} is empty.")
    names = check_header([write_cell(cell) for cell in header])
    for number, row in enumerate(rows, start=1):
        for made in make_record(number, names, [write_cell(cell) for cell in row]):
            yield made.value if isinstance(made, Record) else made


def _choose(workbook: CalamineWorkbook, sheet: str) -> str:
    visible = [data.name for data in workbook.sheets_metadata if data.visible is SheetVisibleEnum.Visible]
    if not visible:
        raise UnreadableSourceError("The workbook has no visible sheet.")
    if not sheet:
        return visible[0]
    if sheet not in workbook.sheet_names:
        names = ", ".join(quote(name) for name in workbook.sheet_names[:_NAMES_SHOWN])
        raise AmbiguousSourceError(f"There is no sheet {quote(sheet)}. There are: {names}.", param="sheet")
    return sheet


def write_cell(cell: Any) -> str:
    """A cell as a person reads it: whole numbers without a fraction, dates as ISO 8601."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
    if isinstance(cell, dt.datetime):
        has_time = cell.time() != dt.time()
        return cell.isoformat() if has_time else cell.date().isoformat()
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)
