"""From a model's name to the rules for counting."""

import pytest
from tiktoken.model import encoding_name_for_model

from shared.datasets.tokens.images import PatchRule, TileRule
from shared.datasets.tokens.models import get_token_model
from shared.datasets.tokens.vocabulary import EncodingName

_SNAPSHOTS = [
    "gpt-3.5-turbo-0125",
    "gpt-4-0613",
    "gpt-4-turbo-2024-04-09",
    "gpt-4.1-2025-04-14",
    "gpt-4.1-mini-2025-04-14",
    "gpt-4.1-nano-2025-04-14",
    "gpt-4o-2024-11-20",
    "gpt-4o-mini-2024-07-18",
    "gpt-4.5-preview",
    "gpt-5-2025-08-07",
    "gpt-5-mini-2025-08-07",
    "gpt-5-nano",
    "o1-2024-12-17",
    "o3-2025-04-16",
    "o4-mini-2025-04-16",
    "babbage-002",
    "davinci-002",
]


class TestEncoding:
    @pytest.mark.parametrize("name", _SNAPSHOTS)
    def test_is_the_one_of_tiktokens_table(self, name: str) -> None:
        """Every known family has the encoding that tiktoken gives it."""
        model = get_token_model(name)

        assert model.is_known
        assert model.encoding == encoding_name_for_model(name)

    @pytest.mark.parametrize(
        ("name", "base"),
        [
            ("ft:gpt-4o-mini-2024-07-18:acme::A1b2", "gpt-4o-mini-2024-07-18"),
            ("ft:gpt-4o-mini-2024-07-18:acme:support:A1b2:ckpt-step-90", "gpt-4o-mini-2024-07-18"),
            ("ft:gpt-3.5-turbo-0125:acme::A1b2", "gpt-3.5-turbo-0125"),
            ("ft:babbage-002:acme::A1b2", "babbage-002"),
            ("gpt-4o-mini-2024-07-18.ft-0e208cf33a6a466994aff31a08aba678", "gpt-4o-mini-2024-07-18"),
            ("gpt-35-turbo-0613", "gpt-3.5-turbo-0613"),
        ],
    )
    def test_of_a_tuned_model_is_that_of_its_base(self, name: str, base: str) -> None:
        """Names that OpenAI and Azure give tuned models and old bases lead to the base model's rules."""
        assert get_token_model(name) == get_token_model(base)

    @pytest.mark.parametrize("name", ["gpt-4oh", "gpt-4o-audio-preview-2024-12-17", "llama-3", "", "ft:", "ft:x:y"])
    def test_of_an_unknown_model_is_a_guess(self, name: str) -> None:
        """A name of no known family counts with o200k_base, without a limit, and says that it is unknown."""
        model = get_token_model(name)

        assert (model.is_known, model.encoding, model.limit_tokens) == (False, EncodingName.O200K, None)


class TestRules:
    @pytest.mark.parametrize(
        ("name", "limit_tokens"),
        [
            ("gpt-3.5-turbo-0125", 16_385),
            ("gpt-3.5-turbo-1106", 16_385),
            ("gpt-3.5-turbo-0613", 4_096),
            ("gpt-4o-2024-08-06", 65_536),
            ("gpt-4o-mini-2024-07-18", 65_536),
            ("gpt-4.1-2025-04-14", 65_536),
            ("gpt-4.1-nano-2025-04-14", 65_536),
        ],
    )
    def test_limits_are_those_of_the_fine_tuning_guide(self, name: str, limit_tokens: int) -> None:
        """An example may be as long as the guide says, which depends on the snapshot."""
        assert get_token_model(name).limit_tokens == limit_tokens

    @pytest.mark.parametrize(
        ("name", "rule"),
        [
            ("gpt-4o", TileRule(85, 170)),
            ("gpt-4.1", TileRule(85, 170)),
            ("gpt-4o-mini", TileRule(2833, 5667)),
            ("o3", TileRule(75, 150)),
            ("gpt-5", TileRule(70, 140)),
            ("gpt-4.1-mini", PatchRule(162)),
            ("gpt-4.1-nano", PatchRule(246)),
            ("o4-mini", PatchRule(172)),
            ("gpt-5-mini", PatchRule(162)),
            ("gpt-3.5-turbo", None),
        ],
    )
    def test_images_follow_the_vision_guide(self, name: str, rule: TileRule | PatchRule | None) -> None:
        """Each family counts images by tiles or by patches, or takes none."""
        assert get_token_model(name).images == rule

    def test_functions_cost_what_the_encoding_says(self) -> None:
        """Each function of a list of tools costs 7 tokens beside its text with o200k_base and 10 with cl100k_base."""
        assert get_token_model("gpt-4o-mini").function_tokens == 7
        assert get_token_model("gpt-3.5-turbo").function_tokens == 10
