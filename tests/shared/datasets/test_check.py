"""Whole files: what they are, how their lines are counted, and what a report says."""

import json
import time
import tracemalloc
from itertools import chain

import pytest

from shared.datasets.check import check_chat_file
from shared.datasets.report import SAMPLES_PER_CODE
from tests.shared.datasets.builders import ASSISTANT, GOOD, MAX_LINE_BYTES, USER, chat, check, codes, repeated


class TestCounting:
    def test_rows_lines_and_bytes(self) -> None:
        """The report counts lines, sound rows, bad lines and bytes."""
        data = GOOD * 3 + b"\n" + b"{\n" + GOOD + chat(USER)

        report = check(data)

        assert (report.n_lines, report.n_examples, report.n_invalid_lines) == (7, 4, 2)
        assert report.bytes_read == len(data)

    def test_checking_never_stops_early(self) -> None:
        """Every bad line is counted, and all that is wrong with one row is reported."""
        row = chat({"role": "user"}, {**ASSISTANT, "weight": 5}, comment=1)

        report = check((GOOD + row) * 500)

        assert codes(report) == {"unknown_top_level_key": 500, "content_missing": 500, "weight_invalid": 500}
        assert (report.n_examples, report.n_invalid_lines) == (500, 500)

    @pytest.mark.parametrize("chunk_bytes", [1, 7, 64, 4096])
    def test_chunks_do_not_matter(self, chunk_bytes: int) -> None:
        """However the file is chunked, the report is the same."""
        data = b"\xef\xbb\xbf" + GOOD + b"\r\n\n" + b'{"a"\n' + chat(USER) + GOOD.strip()

        assert check(data, chunk_bytes=chunk_bytes).to_dict() == check(data).to_dict()

    def test_progress_is_told(self) -> None:
        """The caller hears of the bytes read after each chunk, and can stop by raising."""
        heard: list[int] = []

        check_chat_file([GOOD, GOOD], max_line_bytes=MAX_LINE_BYTES, on_progress=heard.append)

        assert heard == [len(GOOD), 2 * len(GOOD)]


class TestLineEnds:
    def test_last_line_may_lack_its_newline(self) -> None:
        """A last line without a line feed is a line."""
        assert check(GOOD + GOOD.strip()).n_examples == 2

    def test_blank_lines_are_counted_between_rows_only(self) -> None:
        """Blank lines between rows are warnings, each counted; at the end of the file they are nothing."""
        report = check(GOOD + b"\n \n\t\r\n" + GOOD + b"\n\n\n")

        blank = next(finding for finding in report.findings if finding.code == "blank_line")
        assert report.counts["blank_line"] == 3
        assert blank.message == "Line 2: This line and the 2 after it are blank; they are skipped."
        assert report.n_errors == 0

    def test_carriage_returns_alone_end_no_line(self) -> None:
        """A file of old Macintosh lines is one bad line, with a hint."""
        report = check((GOOD * 3).replace(b"\n", b"\r"))

        assert codes(report) == {"json_invalid": 1}
        assert report.findings[0].detail["hint"] == "json_lone_cr"

    def test_unicode_separators_are_text(self) -> None:
        """U+2028 and U+0085 inside a string do not end the line."""
        report = check(chat({"role": "user", "content": "a\u2028b\u0085c"}, ASSISTANT))

        assert (report.n_examples, codes(report)) == (1, {})


class TestHostileLines:
    @pytest.mark.parametrize(
        ("bad", "code"),
        [
            pytest.param(b"[" * 1_000_000, "nesting_too_deep", id="a megabyte of brackets"),
            pytest.param(b'{"a":' * 100_000, "nesting_too_deep", id="100,000 deep"),
            pytest.param(b'{"a": ' + b"9" * 5_000 + b"}", "json_number_out_of_range", id="5,000 digits"),
            pytest.param(b'{"a": NaN}', "json_invalid", id="NaN"),
            pytest.param(b'{"a": 1e400}', "json_number_out_of_range", id="1e400"),
            pytest.param(b"{} {}", "json_invalid", id="two objects"),
            pytest.param(b'{"a": "\x00"}', "json_invalid", id="raw NUL"),
            pytest.param(b'{"messages": "' + b"a" * 50_000 + b'!"}', "messages_not_list", id="food for backtracking"),
            pytest.param(b'"' + b"\\" * 500_000, "json_invalid", id="half a megabyte of backslashes"),
        ],
    )
    def test_are_one_error_in_no_time(self, bad: bytes, code: str) -> None:
        """A hostile line is one error of its own, found in milliseconds, and the next line is read."""
        started = time.process_time()

        report = check(GOOD + bad + b"\n" + GOOD)

        assert codes(report) == {code: 1}
        assert (report.findings[0].line, report.n_examples) == (2, 2)
        assert time.process_time() - started < 0.5

    def test_harmless_numbers_pass(self) -> None:
        """-0 and 1E2 are JSON."""
        assert codes(check(b'{"messages": -0}\n{"messages": 1E2}\n')) == {"messages_not_list": 2}

    def test_content_is_not_echoed(self) -> None:
        """A finding shows no more than 80 characters of a file, with control characters escaped."""
        role = "\x1b[31m\u202e" + "secret" * 1_000

        finding = check(chat(USER, {"role": role, "content": "x"})).findings[0]

        assert finding.message.isprintable()
        assert len(finding.message) < 250
        assert len(json.dumps(finding.to_dict())) < 1_000

    def test_memory_is_flat_over_long_lines(self) -> None:
        """A line of 100 MB and thousands of bad rows take the memory of a few chunks."""
        chunk = b"x" * (1 << 20)
        stream = chain([GOOD], repeated(chunk, 100), [b"\n"], repeated(chat(USER) * 1_000, 20))
        tracemalloc.start()

        report = check_chat_file(stream, max_line_bytes=MAX_LINE_BYTES)
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()

        assert codes(report) == {"line_too_long": 1, "no_assistant_message": 20_000}
        assert peak_bytes < 8 << 20


class TestSummary:
    def test_is_empty_for_a_sound_file(self) -> None:
        """A file without an error has nothing to say."""
        assert check(GOOD + b"\n" + GOOD).error_summary() == ""

    def test_names_lines_and_counts_all(self) -> None:
        """The summary names the first bad lines, counts all of them, and says what to do."""
        data = (
            GOOD * 3
            + b'{"messages": [],}\n'
            + GOOD * 4
            + chat(USER)
            + GOOD
            + chat(USER, {"role": "bot", "content": "x"})
        )

        summary = check(data).error_summary(limit=2)

        assert summary == (
            "The file has 3 invalid lines of 11: line 4: A comma stands before the closing brace; remove it "
            "(column 17); line 9: No message is the assistant's, so there is nothing to learn; add the wanted answer; "
            "and 1 more. Fix them and upload the file again."
        )

    def test_names_each_line_once(self) -> None:
        """Of a row with a thousand faults only the first is in the summary, and the next lines are named too."""
        terrible = chat(*[5] * 1_000)

        report = check(terrible + chat(USER) + terrible)

        assert [f"line {number}" in report.error_summary() for number in (1, 2, 3)] == [True, True, True]
        assert report.error_summary().count("line 1") == 1

    def test_is_short(self) -> None:
        """However bad the file, the summary stays below a thousand characters."""
        row = chat(USER, {"role": "x" * 500, "content": "y", "z" * 500: 1}, **{"k" * 500: 1})

        summary = check(row * 2_000).error_summary()

        assert len(summary) < 1_000
        assert "2,000 invalid lines of 2,000" in summary


class TestReport:
    def test_keeps_a_bounded_sample(self) -> None:
        """All findings are counted; a hundred of each code are kept, at most five of one line."""
        report = check(chat(*[5] * 50) + chat(USER) * 300)

        kept = [finding.code for finding in report.findings]
        assert codes(report) == {"message_not_object": 50, "no_assistant_message": 300}
        assert kept.count("message_not_object") == 5
        assert kept.count("no_assistant_message") == SAMPLES_PER_CODE

    def test_is_json(self) -> None:
        """The report is plain JSON: totals, then each code with count, description and samples, errors first."""
        stored = json.loads(json.dumps(check(GOOD + b"\n" + chat(USER)).to_dict()))

        assert stored["n_examples"] == 1
        assert [entry["code"] for entry in stored["codes"]] == ["no_assistant_message", "blank_line"]
        assert stored["codes"][0]["count"] == 1
        assert stored["codes"][0]["samples"][0] == {
            "code": "no_assistant_message",
            "severity": "error",
            "scope": "example",
            "line": 3,
            "message_index": None,
            "path": "/messages",
            "message": ("Line 3: No message is the assistant's, so there is nothing to learn; add the wanted answer."),
            "detail": {},
            "fix": "none",
        }

    def test_severity_is_the_worst_found(self) -> None:
        """A code that a file shows only in its milder form is listed as a warning."""
        blank_question = chat({"role": "user", "content": ""}, ASSISTANT)
        blank_answer = chat(USER, {"role": "assistant", "content": ""})

        mild, bad = check(blank_question).to_dict(), check(blank_question + blank_answer).to_dict()

        assert [entry["severity"] for entry in mild["codes"]] == ["warning"]
        assert [entry["severity"] for entry in bad["codes"]] == ["error"]


class TestSpeed:
    def test_keeps_up_with_uploads(self) -> None:
        """Sound rows are checked at more than 5 MB/s of processor time, a fraction of what is measured."""
        row = chat({"role": "user", "content": 'He said: "no"\n' * 20}, {"role": "assistant", "content": "word " * 50})
        data = row * (10_000_000 // len(row))
        started = time.process_time()

        report = check(data)

        assert report.n_errors == 0
        assert len(data) / (time.process_time() - started) > 5e6
