"""Fixes: every code that is fixed by itself is gone afterwards, once is enough, and nothing else is touched."""

import json
from collections.abc import Iterable
from typing import Any

import pytest

from shared.datasets.codes import CODES, Fix
from shared.datasets.fixing import DEFAULT_CODES, FIXABLE_CODES
from shared.datasets.fixing.fix import fix_rows
from shared.datasets.reshaping.errors import DatasetUnreadableError
from tests.shared.datasets.builders import (
    ASSISTANT,
    GOOD,
    MAX_LINE_BYTES,
    USER,
    chat,
    check_quality,
    in_chunks,
    line,
    talk,
)
from tests.shared.datasets.fixing.faulty import FILES, FUNCTION_CALL

CASES = [pytest.param(code, data, id=f"{code}-{n}") for code, files in FILES.items() for n, data in enumerate(files)]
EVERYTHING = b"".join(data for code, files in FILES.items() if not code.startswith("json_") for data in files)


def fix(
    data: bytes, codes: Iterable[str] = FIXABLE_CODES, *, chunk_bytes: int = 1 << 20
) -> tuple[bytes, list[dict[str, Any]], dict[str, Any]]:
    """The new version, the changes, the summary."""
    fixed, changes = bytearray(), bytearray()
    summary = fix_rows(
        lambda: in_chunks(data, chunk_bytes),
        frozenset(codes),
        n_bytes=len(data),
        write=fixed.extend,
        write_change=changes.extend,
        max_line_bytes=MAX_LINE_BYTES,
    )
    return bytes(fixed), [json.loads(change) for change in changes.splitlines()], summary


class TestEveryCode:
    def test_has_a_fix(self) -> None:
        """Every code whose fix is automatic has one, and every fix is of such a code."""
        assert {code.name for code in CODES.values() if code.fix is Fix.AUTO} == FIXABLE_CODES == FILES.keys()

    @pytest.mark.parametrize(("code", "data"), CASES)
    def test_is_gone_afterwards(self, code: str, data: bytes) -> None:
        """A file that is checked anew after its fix does not have the code any more, nor an error it had not before."""
        before = check_quality(data)

        fixed, _, summary = fix(data, [code])

        after = check_quality(fixed)
        assert code in before.counts
        assert code not in after.counts
        assert summary["codes"][code] > 0
        assert after.n_errors <= before.n_errors

    @pytest.mark.parametrize(("code", "data"), CASES)
    def test_is_fixed_once(self, code: str, data: bytes) -> None:
        """A file that was fixed is not changed again."""
        fixed, _, _ = fix(data, [code])

        again, changes, summary = fix(fixed, [code])

        assert (again, changes, summary["is_changed"]) == (fixed, [], False)


class TestAllAtOnce:
    @pytest.mark.parametrize("chunk_bytes", [1, 7, 1 << 20])
    def test_a_file_with_everything(self, chunk_bytes: int) -> None:
        """All fixes together leave no code that can be fixed, however the bytes arrive, and are done at once."""
        fixed, changes, summary = fix(EVERYTHING, chunk_bytes=chunk_bytes)

        assert FIXABLE_CODES.isdisjoint(check_quality(fixed).counts)
        assert len(changes) == summary["n_rows_changed"]
        assert fix(fixed)[0] == fixed

    def test_sound_rows_stay_byte_for_byte(self) -> None:
        """Rows with nothing to fix keep their spelling, and so does what is not JSON."""
        odd = b'{"messages" : [{"content":"a\\u0301?","role":"user"},{"role":"assistant","content":"1"}]}'
        lines = [GOOD.strip(), b"not json", odd, b'{"messages": [], "messages": []}']

        fixed, changes, _ = fix(b"\n".join(lines), ["answer_edge_whitespace", "duplicate_exact"])

        assert fixed == b"\n".join(lines) + b"\n"
        assert changes == []


class TestChanges:
    def test_name_lines_and_codes(self) -> None:
        """Each changed row is told by its line before and after; a dropped one has none after."""
        data = b"\n" + talk("a", " b") + GOOD + chat(id=1)

        _, changes, summary = fix(data, DEFAULT_CODES)

        assert changes == [
            {"line": 2, "codes": ["answer_edge_whitespace"], "new_line": 1},
            {"line": 4, "codes": ["unknown_top_level_key", "duplicate_exact"], "new_line": None},
        ]
        assert (summary["n_rows"], summary["n_rows_changed"], summary["n_rows_dropped"]) == (2, 2, 1)
        assert summary["codes"]["blank_line"] == 1

    def test_lines_of_an_array(self) -> None:
        """Objects of an array are told by the line on which they begin."""
        data = b"[\n" + GOOD + b",\n\n" + chat(USER, ASSISTANT | {"content": " a"}) + b"]"

        fixed, changes, _ = fix(data, chunk_bytes=3)

        assert changes == [{"line": 5, "codes": ["answer_edge_whitespace"], "new_line": 2}]
        assert fixed.count(b"\n") == 2


class TestCaution:
    def test_personal_data_only_by_name(self) -> None:
        """Personal data stay unless somebody asks for their fix: masks change what is learnt."""
        data = talk("Mail jane.doe@acme.io", "ok")

        assert fix(data, DEFAULT_CODES)[0] == data
        assert b"[EMAIL]" in fix(data)[0]

    @pytest.mark.parametrize(
        "row",
        [
            chat(USER, FUNCTION_CALL, USER, ASSISTANT),
            chat(USER, USER | {"name": "ann"}, ASSISTANT),
            chat(USER, ASSISTANT | {"weight": 0}, ASSISTANT),
            talk("a", " "),
            line({"messages": [USER], "answer": 1}),
            line([1]),
        ],
    )
    def test_doubtful_rows_stay(self, row: bytes) -> None:
        """What cannot be mended for certain is left to a person."""
        assert fix(row)[0] == row

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (b"[\n" + GOOD + b',\n{"messages": [', "ends within the object that begins on line 4"),
            (b'[{"messages": []}, 7, {"messages": []}]', "Something other than an object"),
            (b"PAR1", "Parquet"),
            (b'{"a": "' + b"x" * MAX_LINE_BYTES + b'"}', "longer than"),
        ],
    )
    def test_files_that_are_no_rows(self, data: bytes, words: str) -> None:
        """A file in which no rows can be found is refused, saying what it is."""
        with pytest.raises(DatasetUnreadableError, match=words):
            fix(data)
