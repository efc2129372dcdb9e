"""The tokenizer of an engine model, read from its folder without torch and transformers.

It offers what `shared.engine.render` asks of a tokenizer, so that a row is rendered by the very code that trains it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2.exceptions import TemplateError
from tokenizers import AddedToken, Tokenizer

from shared.datasets.tokens.chat_template import ChatTemplate
from shared.engine.errors import BaseModelUnavailableError

_READ_AS_THEY_ARE = frozenset({"TokenizersBackend", "PreTrainedTokenizerFast"})
"""Classes for which transformers takes tokenizer.json as it is. Others, such as Qwen2Tokenizer, build their own from
its vocabulary, mostly to the same effect."""


class EngineTokenizer:
    """Text to ids and back, and the chat template."""

    def __init__(
        self, tokenizer: Tokenizer, chat_template: str, *, special_tokens: "_SpecialTokens", is_exact: bool
    ) -> None:
        self.chat_template = chat_template
        self.eos_token = special_tokens.named.get("eos_token")
        self.all_special_tokens = special_tokens.all
        self.is_exact = is_exact
        """Whether training is known to read the folder in the same way."""
        self._tokenizer = tokenizer
        self._template = ChatTemplate(chat_template, special_tokens=special_tokens.named)

    def __call__(self, text: str, *, add_special_tokens: bool) -> dict[str, list[int]]:
        return {"input_ids": self._tokenizer.encode(text, add_special_tokens=add_special_tokens).ids}

    def apply_chat_template(
        self, messages: list[dict[str, Any]], *, tools: list[Any] | None, tokenize: bool, add_generation_prompt: bool
    ) -> str:
        """The conversation as text; `tokenize` must be False."""
        if tokenize:
            raise ValueError("This tokenizer renders text only; tokenize it piece by piece.")
        if not messages:
            raise TemplateError("The conversation is empty.")
        return self._template.render(messages, tools=tools, add_generation_prompt=add_generation_prompt)

    def decode(self, ids: list[int]) -> str:
        """The text of `ids`, special tokens included. Half a character becomes U+FFFD."""
        return self._tokenizer.decode(ids, skip_special_tokens=False)


@dataclass(frozen=True)
class _SpecialTokens:
    named: dict[str, str]
    """As templates know them: `eos_token` and so on."""
    others: list[str]

    @property
    def all(self) -> list[str]:
        return list(dict.fromkeys([*self.named.values(), *self.others]))


def load_engine_tokenizer(folder: Path) -> EngineTokenizer:
    """The tokenizer in a Hugging Face model folder.

    Raises BaseModelUnavailableError when the folder lacks tokenizer.json or a single chat template, or when either
    cannot be read.
    """
    try:
        return _load(folder)
    except BaseModelUnavailableError:
        raise
    except Exception as error:  # the tokenizers package raises bare Exception for every fault in the file
        raise BaseModelUnavailableError(
            f"The tokenizer of the base model in {folder.name!r} cannot be read: {error}"
        ) from error


def _load(folder: Path) -> EngineTokenizer:
    config = json.loads((folder / "tokenizer_config.json").read_bytes())
    special_tokens = _special_tokens(config, folder)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    # The file may carry the settings of an old batch.
    tokenizer.no_truncation()
    tokenizer.no_padding()
    present = {token.content for token in tokenizer.get_added_tokens_decoder().values()}
    tokenizer.add_special_tokens(
        [AddedToken(token, special=True) for token in special_tokens.all if token not in present]
    )
    return EngineTokenizer(
        tokenizer,
        _chat_template(config, folder),
        special_tokens=special_tokens,
        is_exact=config.get("tokenizer_class") in _READ_AS_THEY_ARE,
    )


def _chat_template(config: Mapping[str, Any], folder: Path) -> str:
    file = folder / "chat_template.jinja"
    template = file.read_text(encoding="utf-8") if file.is_file() else config.get("chat_template")
    if not template:
        raise BaseModelUnavailableError("This base model has no chat template; choose an instruct model.")
    if not isinstance(template, str):
        raise BaseModelUnavailableError("This base model has several chat templates; the engine wants a single one.")
    return template


def _special_tokens(config: Mapping[str, Any], folder: Path) -> _SpecialTokens:
    legacy = folder / "special_tokens_map.json"
    if "added_tokens_decoder" not in config and legacy.is_file():
        config = {**config, **json.loads(legacy.read_bytes())}
    extra = config.get("extra_special_tokens") or config.get("additional_special_tokens") or []
    entries = {**config, **extra} if isinstance(extra, Mapping) else config
    named = {name: _content(value) for name, value in entries.items() if name.endswith("_token")}
    return _SpecialTokens(
        named={name: token for name, token in named.items() if isinstance(token, str)},
        others=[str(_content(value)) for value in extra] if isinstance(extra, list) else [],
    )


def _content(token: object) -> object:
    """A token is its text, or an object with flags for matching it."""
    return token.get("content") if isinstance(token, Mapping) else token
