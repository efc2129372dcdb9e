"""Renders a model's chat template as transformers does, without transformers.

Templates come with downloaded models, so they run in jinja's sandbox: they see plain values and change none.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Never

from jinja2 import nodes
from jinja2.exceptions import SecurityError, TemplateError
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace


class ChatTemplate:
    """One compiled template. Special tokens such as `bos_token` are variables in it."""

    def __init__(self, source: str, *, special_tokens: Mapping[str, str]) -> None:
        """Raises jinja2.TemplateError when `source` is no template."""
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, loopcontrols]
        )
        environment.filters["tojson"] = _to_json
        environment.globals |= {
            "dict": _Dict(),
            "namespace": _Namespace,
            "raise_exception": _refuse,
            "strftime_now": _now,
        }
        self._template = environment.from_string(source)
        self._special_tokens = special_tokens

    def render(self, messages: list[dict[str, Any]], *, tools: list[Any] | None, add_generation_prompt: bool) -> str:
        """The text of a conversation. Raises jinja2.TemplateError and whatever else the template provokes."""
        return self._template.render(
            messages=messages,
            tools=tools,
            documents=None,
            add_generation_prompt=add_generation_prompt,
            **self._special_tokens,
        )


class _Generation(Extension):
    """`{% generation %}` marks the assistant's words for trainers that want them marked; here it only groups."""

    tags = {"generation"}  # noqa: RUF012 - jinja's interface

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.Scope(body, lineno=line)


class _Dict:
    """`dict` in a template: it makes one, and offers no way into the class."""

    def __call__(self, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        return dict(*args, **kwargs)

    def fromkeys(self, keys: Any, value: Any = None) -> dict[Any, Any]:
        return dict.fromkeys(keys, value)


class _Namespace(Namespace):
    """jinja's, without names that reach Python's internals."""

    def __init__(*args: Any, **kwargs: Any) -> None:
        # Without a named `self`, as in jinja, so that a template may use that name.
        names = dict(*args[1:], **kwargs)
        for name in names:
            _check_name(name)
        Namespace.__init__(args[0], names)

    def __setitem__(self, name: str, value: Any) -> None:
        _check_name(name)
        super().__setitem__(name, value)


def _check_name(name: object) -> None:
    if isinstance(name, str) and name.startswith("_"):
        raise SecurityError(f"A template may not store the name {name!r}.")


def _to_json(
    value: Any,
    ensure_ascii: bool = False,  # noqa: FBT001, FBT002 - templates give these by name or by place
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,  # noqa: FBT001, FBT002
) -> str:
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def _refuse(message: str) -> Never:
    raise TemplateError(message)


def _now(form: str) -> str:
    return datetime.now().astimezone().strftime(form)
