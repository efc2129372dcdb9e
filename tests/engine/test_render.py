"""Rendering: which tokens are trained, and that serving sees what training saw."""

from itertools import compress
from typing import Any

import pytest

from shared.engine.errors import ChatTemplateError
from shared.engine.render import Rendered, render_example, render_prompt
from tests.engine.toys import chat

TURNS = (("system", "be brief"), ("user", "hi"), ("assistant", "hello"), ("user", "more"), ("assistant", " spaced"))


def trained_text(tokenizer: Any, rendered: Rendered) -> str:
    return str(tokenizer.decode(list(compress(rendered.ids, rendered.trained))))


class TestMask:
    def test_assistant_text_and_end_of_turn(self, tokenizer: Any) -> None:
        """Trained are the assistant's words and the token that ends the turn."""
        row = chat(("user", "hi"), ("assistant", "hello"))

        rendered = render_example(tokenizer, row["messages"])

        assert trained_text(tokenizer, rendered) == "hello<|im_end|>"

    def test_every_assistant_turn(self, tokenizer: Any) -> None:
        """In a conversation of several turns all assistant turns are trained."""
        rendered = render_example(tokenizer, chat(*TURNS)["messages"])

        assert trained_text(tokenizer, rendered) == "hello<|im_end|> spaced<|im_end|>"

    def test_weight_zero(self, tokenizer: Any) -> None:
        """An assistant message of weight 0 is context only; weight 1 is the default."""
        messages = chat(*TURNS)["messages"]
        messages[2]["weight"] = 0
        messages[4]["weight"] = 1

        rendered = render_example(tokenizer, messages)

        assert trained_text(tokenizer, rendered) == " spaced<|im_end|>"

    def test_template_text_is_whole(self, tokenizer: Any) -> None:
        """The pieces together are the conversation as the template writes it."""
        messages = chat(*TURNS)["messages"]

        rendered = render_example(tokenizer, messages)

        assert tokenizer.decode(rendered.ids) == tokenizer.apply_chat_template(messages, tokenize=False)


class TestTrainEqualsServe:
    @pytest.mark.parametrize("n_messages", [3, 5], ids=["first answer", "second answer"])
    @pytest.mark.parametrize("answer", ["yes", " yes", "\n\nyes", "\nyes ", "é"])
    def test_prompt_is_prefix_of_training_row(self, tokenizer: Any, n_messages: int, answer: str) -> None:
        """The ids served before an answer are, to the last one, those that stood before it in training."""
        messages = chat(*TURNS[: n_messages - 1], ("assistant", answer))["messages"]

        trained = render_example(tokenizer, messages)
        served = render_prompt(tokenizer, messages[:-1])

        assert trained.ids[: len(served)] == served
        assert trained.trained[len(served)]
        assert not trained.trained[len(served) - 1]


class TestMessages:
    def test_developer_is_system(self, tokenizer: Any) -> None:
        """The newer role name `developer` is shown to the model as `system`, which templates know."""
        newer = render_prompt(tokenizer, chat(("developer", "be brief"), ("user", "hi"))["messages"])

        older = render_prompt(tokenizer, chat(("system", "be brief"), ("user", "hi"))["messages"])

        assert newer == older

    def test_text_parts(self, tokenizer: Any) -> None:
        """Content given as parts is the text of the parts together."""
        parts = [{"type": "text", "text": "h"}, {"type": "text", "text": "i"}]

        ids = render_prompt(tokenizer, [{"role": "user", "content": parts}])

        assert ids == render_prompt(tokenizer, [{"role": "user", "content": "hi"}])

    def test_null_content(self, tokenizer: Any) -> None:
        """An assistant message without content is an empty turn, not the word None."""
        messages = [*chat(("user", "hi"))["messages"], {"role": "assistant", "content": None}]

        rendered = render_example(tokenizer, messages)

        assert trained_text(tokenizer, rendered) == "<|im_end|>"

    def test_tools_without_place(self, tokenizer: Any) -> None:
        """Tools are refused when the template would silently drop them."""
        with pytest.raises(ChatTemplateError, match="no place for tools"):
            render_prompt(tokenizer, chat(("user", "hi"))["messages"], tools=[{"type": "function"}])

    def test_tool_calls_without_place(self, tokenizer: Any) -> None:
        """Tool calls are refused when the template would silently drop them."""
        call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
        messages: list[dict[str, Any]] = [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "tool_calls": [call]},
        ]

        with pytest.raises(ChatTemplateError, match="no place for tool calls"):
            render_example(tokenizer, messages)


class TestOtherTemplates:
    @pytest.fixture
    def with_template(self, tokenizer: Any) -> Any:
        """A function that gives the tokenizer another template, until the test ends."""
        original = tokenizer.chat_template

        def replace(template: str) -> Any:
            tokenizer.chat_template = template
            return tokenizer

        yield replace
        tokenizer.chat_template = original

    def test_refusal_of_the_template(self, with_template: Any) -> None:
        """What a template says when it refuses a conversation is passed on."""
        tokenizer = with_template("{{ raise_exception('roles must alternate') }}")

        with pytest.raises(ChatTemplateError, match="roles must alternate"):
            render_prompt(tokenizer, chat(("user", "hi"))["messages"])

    def test_earlier_turns_rewritten(self, with_template: Any) -> None:
        """A template that shows earlier turns differently cannot train them, and the message says which."""
        tokenizer = with_template(
            "{% for m in messages %}<|im_start|>{% if loop.last %}{{ m['content'] }}{% else %}...{% endif %}"
            "<|im_end|>{% endfor %}{% if add_generation_prompt %}<|im_start|>{% endif %}"
        )

        with pytest.raises(ChatTemplateError, match="rewrites message 3"):
            render_example(tokenizer, chat(*TURNS)["messages"])

    def test_rewritten_turns_as_context(self, with_template: Any) -> None:
        """Such a template can still train the last answer when the earlier ones have weight 0."""
        tokenizer = with_template(
            "{% for m in messages %}<|im_start|>{% if loop.last or m['role'] == 'user' %}{{ m['content'] }}"
            "{% else %}...{% endif %}<|im_end|>{% endfor %}{% if add_generation_prompt %}<|im_start|>{% endif %}"
        )
        messages = chat(("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d"))["messages"]
        messages[1]["weight"] = 0

        rendered = render_example(tokenizer, messages)

        assert trained_text(tokenizer, rendered) == "d<|im_end|>"

    def test_calls_as_objects(self, with_template: Any) -> None:
        """Call arguments, a JSON text on the wire, reach the template as an object."""
        tokenizer = with_template(
            "{% for m in messages %}{{ m['content'] }}{% for c in m.tool_calls or [] %}"
            "{{ c.function.arguments.city }}{% endfor %}<|im_end|>{% endfor %}"
        )
        call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"city": "Bonn"}'}}
        messages: list[dict[str, Any]] = [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": None, "tool_calls": [call]},
        ]

        rendered = render_example(tokenizer, messages)

        assert trained_text(tokenizer, rendered) == "Bonn<|im_end|>"
