"""The list of findings is complete up to a bound, and says where it is not."""

from pathlib import Path

import msgspec
import pytest

from shared.datasets.codes import CODES, Severity
from shared.datasets.collector import FINDINGS_PER_CODE
from shared.datasets.finding import Finding
from shared.datasets.pipeline.finding_log import EntryWriter, FindingWriter, move_entries, read_entries
from shared.storage.local import LocalStore

KEY = "checks/proj/check/000000.entries"


def found(code: str, line: int) -> Finding:
    entry = CODES[code]
    return Finding(code, entry.severity, entry.scope, "It is wrong.", line=line, detail={"byte_offset": line})


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path)


class TestEntries:
    def test_are_moved_to_their_place(self, store: LocalStore) -> None:
        """Lines and offsets of a stretch become those of the file; what was held counts if its code was released."""
        with store.writer(KEY) as writer:
            entries = EntryWriter(writer)
            for code in ("blank_line", "refusals", "boilerplate"):
                entries(found(code, 2), times=3, is_held=code != "blank_line")
            entries.close()

        moved = list(
            move_entries(read_entries(store, KEY), lines=10, n_bytes=100, released={"refusals": Severity.WARNING})
        )

        assert [(finding.code, finding.line, times) for finding, times in moved] == [
            ("blank_line", 12, 3),
            ("refusals", 12, 3),
        ]
        assert {finding.severity for finding, _ in moved} == {Severity.WARNING}
        assert moved[0][0].detail["byte_offset"] == 102

    def test_of_a_stretch_without_any_are_none(self, store: LocalStore) -> None:
        """A stretch that is sound writes nothing, and nothing is read of it."""
        with store.writer(KEY) as writer:
            EntryWriter(writer).close()

        assert (list(read_entries(store, KEY)), list(store.list())) == ([], [])


class TestFindings:
    def test_beyond_the_bound_are_told_to_be_cut(self, store: LocalStore) -> None:
        """Of each code so many are listed of each file; which codes have more is known, also over stretches."""
        with store.writer(KEY) as writer:
            entries = EntryWriter(writer)
            for line in range(FINDINGS_PER_CODE + 5):
                entries(found("content_empty", line), times=1, is_held=False)
            entries.close()
        with store.writer("findings") as writer:
            findings = FindingWriter(writer)
            findings.begin_file("file-a")
            for entry in read_entries(store, KEY):
                findings(entry.finding, times=entry.times, is_held=False)
            findings.begin_file("file-b")
            findings(found("content_empty", 1), times=1, is_held=False)
            findings.close()

        *_, last = b"".join(store.iter_chunks("findings")).splitlines()
        assert (findings.n_written, findings.cut_codes) == (FINDINGS_PER_CODE + 1, {"content_empty"})
        assert msgspec.json.decode(last)["file_id"] == "file-b"
