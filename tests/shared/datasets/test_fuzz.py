"""Whatever comes in, a report comes out."""

import json
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.datasets.checks.context import Context
from shared.datasets.depths import Depth
from shared.datasets.report import Report
from shared.datasets.tokens.plan import TrainingPlan
from shared.datasets.tokens.planning import plan_training
from shared.datasets.tokens.target import hosted_target
from shared.datasets.tokens.watcher import TokenWatcher
from shared.datasets.whole.contexts import Contexts
from shared.datasets.whole.demographics import Demographics
from shared.datasets.whole.domain import Domain
from shared.settings import Settings
from tests.fuzzing import tries
from tests.shared.datasets.builders import GOOD, chat, check, line, pair
from tests.shared.datasets.test_stretches import MakeWatcher, read_stretches, without_blank_lines

PIECES = [
    *[
        GOOD,
        GOOD[:30],
        b"\n",
        b"\r\n",
        b"\r",
        b" ",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b'"',
        b"\\",
        b"\x00",
        b"\xff",
        b"\xef\xbb\xbf",
    ],
    *[
        b'{"messages":',
        b'{"role":"assistant","content":',
        b'"tool_calls":',
        b"null",
        b"1",
        b"NaN",
        b"\\ud800",
        b"x" * 100,
    ],
]
JUNK: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats(allow_nan=False)
    | st.sampled_from(["", " ", "user", "{}", "\0"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["role", "type", "text", "id", "name", "function", "arguments", "x"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)
ROLES = st.sampled_from(["system", "user", "assistant", "tool", "function", "developer"]) | JUNK
CALLS = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from(["a", "b"]) | JUNK,
        "type": st.just("function") | JUNK,
        "function": st.fixed_dictionaries({}, optional={"name": st.just("f") | JUNK, "arguments": st.just("{}") | JUNK})
        | JUNK,
    },
)
PARTS = st.fixed_dictionaries(
    {}, optional={"type": st.sampled_from(["text", "image_url", "refusal"]) | JUNK, "text": JUNK, "image_url": JUNK}
)
MESSAGES = st.fixed_dictionaries(
    {"role": ROLES},
    optional={
        "content": st.just("x") | st.lists(PARTS, max_size=3) | JUNK,
        "name": st.just("n") | JUNK,
        "weight": st.integers(0, 1) | JUNK,
        "tool_calls": st.lists(CALLS | JUNK, max_size=3) | JUNK,
        "tool_call_id": st.sampled_from(["a", "b"]) | JUNK,
        "function_call": JUNK,
        "refusal": JUNK,
    },
)
SCHEMAS = st.recursive(
    JUNK,
    lambda inner: st.dictionaries(
        st.sampled_from(["type", "properties", "items", "required", "enum", "anyOf", "$ref", "if", "a"]),
        inner | st.lists(inner, max_size=2) | st.sampled_from(["object", "string", "#", "#/properties/a"]),
        max_size=3,
    ),
    max_leaves=6,
)
TOOLS = st.fixed_dictionaries(
    {"type": st.just("function")},
    optional={"function": st.fixed_dictionaries({"name": st.just("f") | JUNK}, optional={"parameters": SCHEMAS})},
)
TEXTS = st.text(max_size=30) | st.sampled_from(
    ["{{a}} ", "<b><b><b>", "ghp_" + "a1" * 18, "a@b.cc", "4111 1111 1111 1111", "Ã©", "\u200b", "```", "{", "no " * 30]
)
MESSAGE_LISTS = st.lists(MESSAGES | JUNK, max_size=5) | JUNK
ROWS = st.fixed_dictionaries(
    {"messages": MESSAGE_LISTS},
    optional={"tools": st.lists(TOOLS | JUNK, max_size=3) | JUNK, "functions": JUNK, "extra": JUNK},
)
OTHER_ROWS = st.fixed_dictionaries(
    {},
    optional={
        "input": st.fixed_dictionaries({}, optional={"messages": MESSAGE_LISTS, "tools": JUNK}) | JUNK,
        "preferred_output": MESSAGE_LISTS,
        "non_preferred_output": MESSAGE_LISTS,
        "prompt": JUNK,
        "completion": JUNK,
        "answer": JUNK,
    },
)
TALKS = st.lists(st.tuples(st.sampled_from(["system", "user", "assistant"]), TEXTS), min_size=1, max_size=4)


USES = st.builds(
    lambda arguments, told, tools: {
        "messages": [
            {"role": "user", "content": told},
            {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": arguments}]},
            {"role": "tool", "tool_call_id": "a", "content": told},
            {"role": "assistant", "content": "Done."},
        ],
        "tools": tools,
    },
    st.fixed_dictionaries({"name": st.just("f"), "arguments": JUNK.map(json.dumps) | TEXTS}),
    TEXTS,
    st.lists(TOOLS, min_size=1, max_size=3),
)
"Rows that are sound but for what is in their tools, arguments and texts, so that most get as far as the watchers."

TARGETS = [hosted_target("gpt-4o"), hosted_target("gpt-3.5-turbo-0613"), hosted_target("of-nobody")]


def check_wholly(data: bytes, **options: Any) -> Report:
    """All that there is: every depth, and tokens for models of either encoding and for an unknown one."""
    extra = [partial(TokenWatcher, target) for target in TARGETS]
    reports = [check(data, depth=depth, extra=extra, **options) for depth in Depth]
    for report in reports:
        assert_whole(report)
        assert report.n_lines == reports[0].n_lines
        assert report.n_examples + report.n_invalid_lines == reports[0].n_examples + reports[0].n_invalid_lines
    return reports[-1]


def assert_whole(report: Report) -> None:
    stored = json.loads(json.dumps(report.to_dict()))
    assert bool(report.error_summary()) == bool(report.n_errors)
    assert len(report.error_summary()) < 1_500
    assert all(finding.message.isprintable() for finding in report.findings)
    assert sum(entry["count"] for entry in stored["codes"]) == report.counts.total()


ASKED: list[MakeWatcher] = [
    partial(TokenWatcher, TARGETS[0], TrainingPlan(TARGETS[0])),
    Contexts,
    partial(Domain, "tiny"),
    partial(Demographics, {"women": ["she", "her"], "users": ["user", "x"]}),
]
"What goes along for the sake of a question."


def check_in_stretches(lines: list[bytes], sizes: int, method: str | None = None) -> None:
    """Read at once and in stretches that travel between processes, lines have the same report."""
    context = Context(method=method, item_fields=("answer",))
    merged = read_stretches(lines, sizes, Depth.DATASET, context=context, extra=ASKED)
    whole = check(b"".join(lines), depth=Depth.DATASET, method=method, item_fields=("answer",), extra=ASKED)
    assert_whole(merged)
    assert without_blank_lines(merged.to_dict()) == without_blank_lines(whole.to_dict())


class TestAnyInput:
    @given(st.binary(max_size=200), st.integers(1, 50))
    @tries(300)
    def test_bytes(self, data: bytes, chunk_bytes: int) -> None:
        """Any bytes, chunked in any way, give a report."""
        assert_whole(check(data, chunk_bytes=chunk_bytes, max_line_bytes=64))

    @given(st.lists(st.binary(max_size=60) | st.sampled_from([*PIECES, pair("Yes.", "No.")]), max_size=8).map(b"".join))
    @tries(100)
    def test_bytes_at_every_depth(self, data: bytes) -> None:
        """Any bytes among rows give a report at every depth, with tokens, and all depths count the same rows."""
        check_wholly(data)

    @given(st.lists(ROWS | OTHER_ROWS, max_size=3), st.sampled_from([None, "supervised", "dpo", "reinforcement"]))
    @tries(100)
    def test_rows_at_every_depth(self, rows: list[dict[str, Any]], method: str | None) -> None:
        """Rows of all formats, whole and broken, have a report at every depth, with tokens."""
        report = check_wholly(b"".join(map(line, rows)), method=method, item_fields=("answer",))

        assert report.n_examples + report.n_invalid_lines == len(rows)

    @given(
        rows=st.lists(ROWS | OTHER_ROWS | USES, max_size=3),
        method=st.sampled_from(["supervised", "dpo", "reinforcement"]),
    )
    @tries(40)
    def test_rows_for_an_engine_model(self, tiny_model: Path, rows: list[dict[str, Any]], method: str) -> None:
        """Rows of all formats, whole and broken, are counted by an engine model's own tokenizer and template."""
        plan = plan_training("tiny", method, settings=Settings(base_models={"tiny": str(tiny_model)}))
        counting = partial(TokenWatcher, plan.tokens, plan)

        assert_whole(check(b"".join(map(line, rows)), method=method, item_fields=("answer",), extra=[counting]))

    @given(st.lists(USES, max_size=3))
    @tries(60)
    def test_tools_at_every_depth(self, rows: list[dict[str, Any]]) -> None:
        """Whatever tools are like and are called with, they are judged and counted."""
        check_wholly(b"".join(map(line, rows)))

    @given(st.lists(TALKS, max_size=8))
    @tries(100)
    def test_texts_at_every_depth(self, talks: list[list[tuple[str, str]]]) -> None:
        """Whatever is said is told apart, counted and compared."""
        check_wholly(b"".join(chat(*({"role": role, "content": text} for role, text in talk)) for talk in talks))

    @given(st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join))
    @tries(500)
    def test_pieces_of_rows(self, data: bytes) -> None:
        """Any mixture of rows, halves of rows and separators gives a report."""
        assert_whole(check(GOOD + data, chunk_bytes=17, max_line_bytes=1024))

    @given(ROWS)
    @tries(300)
    def test_rows_of_any_structure(self, row: dict[str, Any]) -> None:
        """Any value in any place of a row gives a report, and the row is sound or invalid, never both."""
        report = check(GOOD + line(row), method="supervised")

        assert_whole(report)
        assert report.n_examples + report.n_invalid_lines == 2
        assert report.n_invalid_lines == bool(report.n_errors)

    @given(
        st.lists(ROWS | OTHER_ROWS, max_size=6),
        st.integers(1, 6),
        st.sampled_from([None, "supervised", "dpo", "reinforcement"]),
    )
    @tries(40)
    def test_rows_in_stretches(self, rows: list[dict[str, Any]], sizes: int, method: str | None) -> None:
        """Rows of all formats, whole and broken, have one report, wherever their file is cut."""
        check_in_stretches([GOOD, *map(line, rows)], sizes, method)

    @given(st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join), st.integers(1, 6))
    @tries(40)
    def test_pieces_in_stretches(self, data: bytes, sizes: int) -> None:
        """Halves of rows and separators have one report, wherever their file is cut."""
        check_in_stretches([GOOD, *BytesIO(GOOD + data)], sizes)

    @given(st.lists(TALKS, max_size=8), st.integers(1, 6))
    @tries(40)
    def test_texts_in_stretches(self, talks: list[list[tuple[str, str]]], sizes: int) -> None:
        """Whatever is said is told apart, counted and compared, wherever the file is cut."""
        rows = (chat(*({"role": role, "content": text} for role, text in talk)) for talk in talks)
        check_in_stretches([GOOD, *rows], sizes)
