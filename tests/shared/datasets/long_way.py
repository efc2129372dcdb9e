"""The long way through a row, by which the short ways are judged."""

from shared.datasets.checks.context import Context
from shared.datasets.collector import Collector
from shared.datasets.json_line import read_object
from shared.datasets.make_row import make_row
from shared.datasets.report import Report
from shared.datasets.row import Format, Row
from shared.datasets.row_checks import check_row


def read_by_checks(data: bytes) -> Row:
    """The chat row on a line, which must be one with which nothing is wrong."""
    report = Report()
    found = Collector(report)
    value = read_object(data, found, offset=0)
    assert value is not None, data
    assert check_row(value, found, Context(), n_bytes=len(data)) is Format.CHAT, data
    assert not report.counts, data
    return make_row(value, Format.CHAT)
