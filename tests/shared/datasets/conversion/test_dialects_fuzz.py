"""Records with anything in the place of what a dialect expects: a row, a reason, or nothing, but never a surprise."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.datasets.conversion.convert import Conversion
from shared.datasets.conversion.detect import find_dialect
from shared.datasets.conversion.dialects.registry import DIALECTS
from shared.datasets.conversion.errors import ConversionError
from shared.datasets.conversion.options import Options
from tests.fuzzing import tries
from tests.shared.datasets.conversion.sources import write_lines
from tests.shared.datasets.conversion.test_choices import passage, question
from tests.shared.datasets.conversion.test_gathered_dialects import answer, node, rated, request
from tests.shared.datasets.conversion.test_plain_dialects import PLAIN
from tests.shared.datasets.conversion.test_preferences import RECORDS as PREFERENCES
from tests.shared.datasets.conversion.test_tool_dialects import RECORDS as WITH_TOOLS

SOUND: dict[str, list[Any]] = {
    "batch": [request("a", "1?"), answer("a", "one")],
    "kto": [rated("1?", "one", label=True), rated("1?", "two", label=False)],
    "oasst_messages": [node("1", None, "prompter", "Hi"), node("2", "1", "assistant", "Ho", rank=0)],
    "oasst_trees": [{"message_tree_id": "1", "prompt": {"role": "prompter", "text": "Hi", "replies": []}}],
    "ar_lsat": [passage(question(1, "A"))],
    "ar_lsat_flat": [{"context": "a", "question": "b", "answers": ["c", "d"], "label": 1, "id_string": "x"}],
    "multiple_choice": [{"question": "Which?", "options": ["a", "b"], "answer": "B", "context": "c"}],
    "reinforcement": [{"messages": [{"role": "user", "content": "1?"}], "answer": "1"}],
    "text": [{"text": "Once."}],
}
for _name, _record, *_ in [*PLAIN, *WITH_TOOLS, *PREFERENCES]:
    SOUND.setdefault(str(_name), []).append(_record)

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 99)
    | st.text(max_size=5)
    | st.sampled_from(["assistant", "[{}]", "{}"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["role", "text", "name"]), inner),
    max_leaves=5,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where in a record something else can be put."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, inner in steps for found in [(*path, key), *places(inner, (*path, key))]]


def with_other(record: Any, path: tuple[Any, ...], other: Any) -> Any:
    changed = json.loads(json.dumps(record))
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = other
    return changed


@pytest.mark.parametrize("name", sorted(DIALECTS))
def test_changed_records(tmp_path: Path, name: str) -> None:
    """A record of each dialect with anything anywhere in it is converted or refused with a reason."""

    @tries(12)
    @given(ANYTHING)
    def check(other: Any) -> None:
        changed = [with_other(record, path, other) for record in SOUND[name] for path in places(record)]
        for record in changed:
            find_dialect([record])
        source = write_lines(tmp_path, *changed)
        with suppress(ConversionError), Conversion(source, options=Options(kto="pairs")) as conversion:
            for item in conversion.convert(conversion.match(format_name=name)):
                assert item[1]

    check()
