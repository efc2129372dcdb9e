"""Tokens and masks of rows for engine models, against the code that trains them."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shared.engine.errors import BaseModelUnavailableError, ChatTemplateError
from shared.engine.render import render_example
from tests.shared.datasets.tokens.goldens import say

pytest.importorskip("tokenizers")

from shared.datasets.tokens.engine_rows import EngineRowCounter
from shared.datasets.tokens.row_tokens import Estimate

_ROWS: list[dict[str, Any]] = [
    {"messages": [say("user", "Hi"), say("assistant", "Hello")]},
    {"messages": [say("developer", "Be brief."), say("user", "Grüße, 中文 😀"), say("assistant", " \n ok\u0301 ")]},
    {"messages": [say("user", "a"), say("assistant", "b", weight=0), say("user", "c"), say("assistant", "d")]},
    {"messages": [say("user", [{"type": "text", "text": "parts"}]), say("assistant", "<|im_end|> quoted")]},
    {"messages": [say("user", ""), say("assistant", "")]},
]
_TOOL_TEMPLATE = (
    "{% for tool in tools or [] %}{{ tool | tojson }}\n{% endfor %}"
    "{% for message in messages %}{% set ns = namespace(text=message['content']) %}"
    "<|im_start|>{{ message['role'] }}\n"
    "{% generation %}{{ ns.text }}{% endgeneration %}"
    "{% for call in message.tool_calls or [] %}{{ call.function.arguments | tojson }}{% endfor %}"
    "<|im_end|>\n{% if message['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}
_CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"at": "ä"}'}}


@pytest.fixture
def tool_model(tiny_model: Path, tmp_path: Path) -> Path:
    """The tiny model with a template for tools, in a file of its own as newer models have it."""
    for name in ("tokenizer.json", "tokenizer_config.json", "config.json"):
        shutil.copy(tiny_model / name, tmp_path)
    (tmp_path / "chat_template.jinja").write_text(_TOOL_TEMPLATE)
    return tmp_path


def transformers_tokenizer(folder: Path) -> Any:
    """The tokenizer as training loads it."""
    transformers = pytest.importorskip("transformers")
    return transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)


def edit_config(folder: Path, **changes: Any) -> None:
    file = folder / "tokenizer_config.json"
    file.write_text(json.dumps({**json.loads(file.read_bytes()), **changes}))


class TestRendering:
    def test_equals_what_is_trained(self, tiny_model: Path) -> None:
        """Ids and loss masks are those of the training engine, token for token."""
        tokenizer, counter = transformers_tokenizer(tiny_model), EngineRowCounter(tiny_model)

        for row in _ROWS:
            assert counter.render(row) == render_example(tokenizer, row["messages"])

    def test_equals_what_is_trained_with_tools(self, tool_model: Path) -> None:
        """Templates with tools, namespaces, JSON and marked generations render as they do in training."""
        row = {"messages": [say("user", "Look"), say("assistant", None, tool_calls=[_CALL])], "tools": [_TOOL]}

        rendered = EngineRowCounter(tool_model).render(row)

        assert rendered == render_example(transformers_tokenizer(tool_model), row["messages"], tools=row["tools"])

    def test_can_be_read_back(self, tiny_model: Path) -> None:
        """The ids of a row say the very text the model will see."""
        counter = EngineRowCounter(tiny_model)

        text = counter.text(counter.render(_ROWS[0]).ids)

        assert text == "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello<|im_end|>\n"

    def test_refusals_of_a_template_are_told(self, tool_model: Path) -> None:
        """A row the template refuses raises the error that training would raise."""
        with pytest.raises(ChatTemplateError, match="no system"):
            EngineRowCounter(tool_model).render({"messages": [say("system", "x"), say("assistant", "y")]})

    @pytest.mark.parametrize(
        "template", ["{{ ''.__class__.mro() }}", "{{ namespace(__class__=1) }}", "{{ messages.clear() }}"]
    )
    def test_templates_stay_in_their_box(self, tool_model: Path, template: str) -> None:
        """A downloaded template reaches no internals of the process and changes no row."""
        (tool_model / "chat_template.jinja").write_text(template)

        with pytest.raises(ChatTemplateError):
            EngineRowCounter(tool_model).render(_ROWS[0])


class TestCounting:
    def test_learns_answers_with_their_end(self, tiny_model: Path) -> None:
        """The tokens learned are the answer's and the mark that ends it."""
        counted = EngineRowCounter(tiny_model).count(_ROWS[0])

        assert (counted.trained, counted.estimate) == (len("Hello") + 1, Estimate.NONE)
        assert counted.total == counted.trained_spans[-1][1] + len("\n")

    def test_ignores_settings_left_in_the_tokenizer(self, tool_model: Path) -> None:
        """A tokenizer saved with truncation and padding neither cuts nor pads the rows it counts."""
        file = tool_model / "tokenizer.json"
        length = {"max_length": 4, "strategy": "LongestFirst", "stride": 0, "direction": "Right"}
        file.write_text(json.dumps({**json.loads(file.read_bytes()), "truncation": length}))

        assert EngineRowCounter(tool_model).count(_ROWS[0]).total > 4

    def test_is_an_estimate_for_tokenizers_of_a_class_of_their_own(self, tool_model: Path) -> None:
        """A tokenizer that training builds by other code than tokenizer.json is counted, as an estimate."""
        edit_config(tool_model, tokenizer_class="Qwen2Tokenizer")

        assert EngineRowCounter(tool_model).count(_ROWS[0]).estimate is Estimate.MODEL

    def test_needs_no_torch(self, tiny_model: Path) -> None:
        """A data worker counts for an engine model without importing torch or transformers."""
        script = (
            "import sys; from pathlib import Path\n"
            "from shared.datasets.tokens.engine_rows import EngineRowCounter\n"
            "row = {'messages': [{'role': 'user', 'content': 'Hi'}, {'role': 'assistant', 'content': 'Ho'}]}\n"
            "print(EngineRowCounter(Path(sys.argv[1])).count(row).trained, {'torch', 'transformers'} & {*sys.modules})"
        )

        done = subprocess.run(
            [sys.executable, "-c", script, str(tiny_model)], capture_output=True, text=True, check=True
        )

        assert done.stdout == "3 set()\n"


class TestSpecialTokens:
    @pytest.mark.parametrize(
        "changes",
        [
            {"extra_special_tokens": ["<|note|>"]},
            {"additional_special_tokens": ["<|note|>", "<|im_end|>"]},
            {"extra_special_tokens": {"note_token": "<|note|>"}},
            {"eos_token": {"__type": "AddedToken", "content": "<|im_end|>", "lstrip": False, "special": True}},
        ],
        ids=["list", "old list", "named", "object"],
    )
    def test_are_found_wherever_they_are_declared(self, tool_model: Path, changes: dict[str, Any]) -> None:
        """However a model declares special tokens, text with them is cut as in training."""
        edit_config(tool_model, **changes)
        row = {"messages": [say("user", "see <|note|>"), say("assistant", "ok <|note|> then")]}

        rendered = EngineRowCounter(tool_model).render(row)

        assert rendered == render_example(transformers_tokenizer(tool_model), row["messages"])


class TestUnusableFolders:
    def test_an_empty_folder_is_named(self, tmp_path: Path) -> None:
        """A folder without a tokenizer is refused by name."""
        with pytest.raises(BaseModelUnavailableError, match=f"{tmp_path.name!r} cannot be read"):
            EngineRowCounter(tmp_path)

    @pytest.mark.parametrize(
        ("template", "message"), [("", "no chat template"), ([{"name": "default", "template": "x"}], "several")]
    )
    def test_a_model_wants_one_template(self, tool_model: Path, template: Any, message: str) -> None:
        """A model without a chat template, or with several, is refused."""
        (tool_model / "chat_template.jinja").unlink()
        edit_config(tool_model, chat_template=template)

        with pytest.raises(BaseModelUnavailableError, match=message):
            EngineRowCounter(tool_model)
