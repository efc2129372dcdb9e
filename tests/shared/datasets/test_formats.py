"""Which format a file is in, and what each format asks of its rows."""

from typing import Any

import pytest

from shared.datasets.formats import find_method_mismatch
from tests.shared.datasets.builders import ASSISTANT, GOOD, TOOL, USER, chat, check, codes, graded, line, pair

SAID = [{"role": "assistant", "content": "Yes."}]
DENIED = [{"role": "assistant", "content": "No."}]
INPUT = {"messages": [USER]}


class TestDetection:
    @pytest.mark.parametrize(
        ("row", "name"),
        [
            (GOOD, "chat"),
            (chat(tools=[TOOL], parallel_tool_calls=False), "chat"),
            (pair("Yes.", "No."), "preference"),
            (graded("2 + 2?", answer="4"), "reinforcement"),
            (line({"prompt": "2 + 2 =", "completion": " 4"}), "completion"),
        ],
    )
    def test_sound_files_are_recognised(self, row: bytes, name: str) -> None:
        """A sound file of each format has no findings, and the report says which format it is."""
        report = check(row * 2)

        assert codes(report) == {}
        assert report.to_dict()["formats"] == {name: 2}

    @pytest.mark.parametrize(
        ("row", "found"),
        [
            (chat(USER), {"no_assistant_message": 1}),
            (chat(USER, ASSISTANT, answer="4"), {"unknown_top_level_key": 1}),
        ],
    )
    def test_broken_chat_stays_chat(self, row: bytes, found: dict[str, int]) -> None:
        """A chat row without its answer, or with a key too many, is not taken for another format."""
        assert codes(check(GOOD + row)) == found

    def test_mixed_files_name_lines(self) -> None:
        """A file of two formats says how many rows each has and where the first is."""
        summary = check(GOOD * 3 + pair("Yes.", "No.") * 2).error_summary()

        assert "3 chat rows (first on line 1), 2 preference rows (first on line 4)" in summary

    @pytest.mark.parametrize(
        ("row", "method", "is_wrong"),
        [
            (GOOD, "supervised", False),
            (GOOD, "dpo", True),
            (pair("Yes.", "No."), "dpo", False),
            (pair("Yes.", "No."), "supervised", True),
            (graded("2 + 2?", answer="4"), "reinforcement", False),
            (line({"prompt": "a", "completion": "b"}), "supervised", True),
        ],
    )
    def test_methods_want_their_format(self, row: bytes, method: str, is_wrong: bool) -> None:
        """A file for another method than the job's is an error, told at the check or from a report kept before."""
        report = check(row, method=method)

        assert ("method_format_mismatch" in report.counts) is is_wrong
        assert (find_method_mismatch(check(row).formats, method) is not None) is is_wrong


class TestPreferenceRows:
    @pytest.mark.parametrize(
        ("row", "found"),
        [
            ({"preferred_output": SAID, "non_preferred_output": DENIED}, {"dpo_field_missing": 1}),
            ({"input": INPUT, "preferred_output": SAID}, {"dpo_field_missing": 1}),
            ({"input": [], "preferred_output": "Yes", "non_preferred_output": None}, {"dpo_field_missing": 3}),
            (
                {"input": INPUT, "preferred_output": [], "non_preferred_output": DENIED},
                {"dpo_output_not_single_assistant": 1},
            ),
            (
                {"input": INPUT, "preferred_output": SAID * 2, "non_preferred_output": DENIED},
                {"dpo_output_not_single_assistant": 1},
            ),
            ({"input": INPUT, "preferred_output": [5], "non_preferred_output": DENIED}, {"message_not_object": 1}),
            ({"input": {}, "preferred_output": SAID, "non_preferred_output": DENIED}, {"messages_not_list": 1}),
            (
                {"input": INPUT, "preferred_output": SAID, "non_preferred_output": DENIED, "id": 1},
                {"unknown_top_level_key": 1},
            ),
            (
                {"input": INPUT, "preferred_completion": SAID, "non_preferred_completion": DENIED},
                {"dpo_field_missing": 2, "unknown_top_level_key": 2},
            ),
        ],
    )
    def test_faults(self, row: dict[str, Any], found: dict[str, int]) -> None:
        """Each field that a preference row lacks or has too many of is an error of its own."""
        assert codes(check(line(row))) == found

    def test_places(self) -> None:
        """A finding in the input or in an output points to where it is in the row."""
        messages = [{"role": "user", "content": 5}]
        row = {
            "input": {"messages": messages},
            "preferred_output": [{**SAID[0], "mood": 1}],
            "non_preferred_output": DENIED,
        }

        paths = {finding.path for finding in check(line(row)).findings}
        assert paths == {"/preferred_output/0", "/input/messages/0/content"}

    def test_outputs_with_calls_pass(self) -> None:
        """An output that calls a tool and reads the result is a warning, as some trainers take it."""
        preferred = [*SAID, {"role": "tool", "tool_call_id": "c", "content": "x"}, *SAID]

        report = check(line({"input": INPUT, "preferred_output": preferred, "non_preferred_output": DENIED}))

        assert (report.n_errors, report.n_warnings) == (0, 1)


class TestReinforcementRows:
    def test_need_what_graders_read(self) -> None:
        """Each field that the grader reads is missing or empty row by row."""
        data = graded("a?", answer="1") + graded("b?", other=1) + graded("c?", answer=[])

        report = check(data, method="reinforcement", item_fields=("answer",))

        assert codes(report) == {"rft_reference_missing": 1, "rft_reference_empty": 1}

    def test_may_have_earlier_turns(self) -> None:
        """A conversation that ends with the user is sound, with tools and any other keys."""
        assert codes(check(line({"messages": [USER, ASSISTANT, USER], "tools": [TOOL], "anything": {"a": None}}))) == {}


class TestCompletionRows:
    @pytest.mark.parametrize(
        ("row", "found"),
        [
            ({"prompt": "a", "completion": ""}, {"content_empty": 1}),
            ({"prompt": "a", "completion": None}, {"content_missing": 1}),
            ({"prompt": ["a"], "completion": 5}, {"content_wrong_type": 2}),
            ({"prompt": "a", "completion": "b", "id": 7}, {"unknown_top_level_key": 1}),
        ],
    )
    def test_faults(self, row: dict[str, Any], found: dict[str, int]) -> None:
        """A prompt and a completion are text, and nothing stands beside them."""
        assert codes(check(line(row))) == found
