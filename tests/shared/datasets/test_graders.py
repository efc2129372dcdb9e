"""Graders are judged before any row is graded: types, fields, templates, formulas. Nothing in them is run."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.datasets.checks.graders import fields_read_by, find_grader_faults, report_grader
from shared.datasets.collector import Collector
from shared.datasets.report import Report

EXACT: dict[str, Any] = {
    "type": "string_check",
    "name": "exact",
    "input": "{{ sample.output_text }}",
    "reference": "{{ item.answer }}",
    "operation": "eq",
}
SIMILAR: dict[str, Any] = {
    "type": "text_similarity",
    "name": "similar",
    "input": "{{sample.output_json.steps[0].text}}",
    "reference": "{{item.solution.steps[0]}} of {{ item.answer }}",
    "evaluation_metric": "rouge_l",
    "pass_threshold": 0.5,
}
SCORE: dict[str, Any] = {
    "type": "score_model",
    "name": "score",
    "model": "gpt-4o",
    "range": [0, 10],
    "input": [{"role": "user", "content": "Rate {{ sample.output_text }}"}],
}
LABEL: dict[str, Any] = {
    "type": "label_model",
    "name": "label",
    "model": "gpt-4o",
    "labels": ["good", "bad"],
    "passing_labels": ["good"],
    "input": [{"role": "user", "content": [{"type": "input_text", "text": "{{ item.topic }}"}]}],
}
PYTHON: dict[str, Any] = {
    "type": "python",
    "name": "code",
    "source": "def grade(sample, item):\n    return '{{ not a template }}' == item['answer']",
}
MULTI: dict[str, Any] = {
    "type": "multi",
    "name": "both",
    "graders": {"exact": EXACT, "similar": SIMILAR},
    "calculate_output": "max(0, 0.7 * exact + 0.3 * sqrt(similar)) ^ 2",
}


class TestSoundGraders:
    @pytest.mark.parametrize("grader", [EXACT, SIMILAR, SCORE, LABEL, PYTHON, MULTI])
    def test_have_no_fault(self, grader: dict[str, Any]) -> None:
        """Every type of the wire is taken as OpenAI documents it."""
        assert find_grader_faults(grader) == []

    def test_tell_what_they_read(self) -> None:
        """The fields that rows must have are those that templates name, also in graders inside."""
        assert fields_read_by(MULTI) == {"answer", "solution"}
        assert fields_read_by(LABEL) == {"topic"}
        assert fields_read_by(PYTHON) == set()


class TestFaults:
    @pytest.mark.parametrize(
        ("grader", "path", "words"),
        [
            ([EXACT], "", "must be an object"),
            (EXACT | {"type": "exact"}, "/type", "one of string_check"),
            (EXACT | {"type": ["multi"]}, "/type", "one of string_check"),
            (EXACT | {"operation": "neq"}, "/operation", "eq, ne, like, ilike"),
            (EXACT | {"reference": None}, "/reference", "needs"),
            (EXACT | {"pass_threshold": 1}, "", "has no"),
            (EXACT | {"name": 7}, "/name", "must be text"),
            (EXACT | {"input": ["x"]}, "/input", "must be text"),
            (EXACT | {"reference": "{{ row.answer }}"}, "", "only item and sample"),
            (EXACT | {"reference": "{{ sample.text }}"}, "", "output_text"),
            (EXACT | {"reference": "{{ item }}"}, "", "one of its fields"),
            (EXACT | {"reference": "{{ item.answer + 1 }}"}, "", "is no path"),
            (EXACT | {"reference": "{{ item.answer"}, "", "not closed"),
            (SIMILAR | {"evaluation_metric": "rouge_9"}, "/evaluation_metric", "rouge_l"),
            (SIMILAR | {"pass_threshold": "high"}, "/pass_threshold", "a number"),
            (SCORE | {"range": [1, 0]}, "/range", "the lower one first"),
            (SCORE | {"input": []}, "/input", "at least one"),
            (SCORE | {"input": [{"role": "judge", "content": "x"}]}, "/input/0", "a role of"),
            (LABEL | {"passing_labels": ["great"]}, "/passing_labels", "not among the labels"),
            (LABEL | {"labels": ["good", "good"]}, "/labels", "all different"),
            (PYTHON | {"source": "def grade(sample):\n    return 1"}, "/source", "grade(sample, item)"),
            (PYTHON | {"source": "def grade(sample, item)"}, "/source", "line 1 cannot be read"),
            (PYTHON | {"source": "#" * (257 << 10)}, "/source", "256 kB"),
            (MULTI | {"graders": {}}, "/graders", "at least one"),
            (MULTI | {"graders": {"exact": EXACT, "similar": MULTI}}, "/graders/similar/type", "one of string_check"),
            (MULTI | {"graders": {"exact": EXACT | {"operation": "is"}}}, "/graders/exact/operation", "eq"),
            (MULTI | {"calculate_output": "exact + style"}, "/calculate_output", "no grader called"),
            (MULTI | {"calculate_output": "eval(exact)"}, "/calculate_output", "no function called"),
            (MULTI | {"calculate_output": "exact.__class__"}, "/calculate_output", "only numbers"),
            (MULTI | {"calculate_output": "exact +"}, "/calculate_output", "cannot be read"),
            (MULTI | {"calculate_output": "exact % 2"}, "/calculate_output", "not one of"),
            (MULTI | {"calculate_output": "(" * 1_900}, "/calculate_output", "cannot be read"),
            (MULTI | {"calculate_output": "1+" * 2_000 + "1"}, "/calculate_output", "2,000"),
        ],
    )
    def test_are_placed_and_explained(self, grader: Any, path: str, words: str) -> None:
        """Each fault names its place in the grader and what would be right."""
        faults = find_grader_faults(grader)

        assert any(fault.path == path and words in fault.problem for fault in faults), faults

    def test_fields_that_no_row_has(self) -> None:
        """A template that names a field which no row has is found before anything is spent."""
        found = Collector(Report())

        report_grader(MULTI, found, row_fields={"answer"})

        assert found.n_errors == 1
        assert find_grader_faults(MULTI, row_fields={"answer"})[0].problem.startswith("it reads item.solution")

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=20),
            lambda inner: (
                st.lists(inner, max_size=4)
                | st.dictionaries(st.sampled_from([*EXACT, *LABEL, *MULTI, "source", "range"]), inner, max_size=6)
            ),
            max_leaves=20,
        ),
        st.sampled_from([EXACT, SIMILAR, SCORE, LABEL, PYTHON, MULTI]),
    )
    def test_never_raise(self, value: Any, grader: dict[str, Any]) -> None:
        """Whatever JSON is given as a grader, or in place of a field, faults are told and nothing is raised."""
        find_grader_faults(value)
        for field in grader:
            find_grader_faults(grader | {field: value}, row_fields=["answer"])
