"""Where each kind of provider is found."""

import pytest

from shared.connections.kinds import ConnectionKind, Preset, full_base_url
from shared.errors import InvalidInputError

COMPATIBLE = ConnectionKind.OPENAI_COMPATIBLE


class TestKnownAddresses:
    @pytest.mark.parametrize(
        ("kind", "preset", "region", "address"),
        [
            (ConnectionKind.OPENAI, None, None, "https://api.openai.com/v1"),
            (COMPATIBLE, Preset.NEBIUS, None, "https://api.tokenfactory.nebius.com/v1"),
            (COMPATIBLE, Preset.BEDROCK, "us-east-1", "https://bedrock-mantle.us-east-1.api.aws/v1"),
        ],
    )
    def test_need_not_be_given(
        self, kind: ConnectionKind, preset: Preset | None, region: str | None, address: str
    ) -> None:
        """Providers with one address have it filled in."""
        assert full_base_url(kind, preset, base_url=None, region=region) == address

    @pytest.mark.parametrize(
        ("kind", "preset", "base_url", "region", "param"),
        [
            (ConnectionKind.AZURE, None, None, None, "base_url"),
            (COMPATIBLE, None, None, None, "base_url"),
            (COMPATIBLE, Preset.TUNERY, None, None, "base_url"),
            (ConnectionKind.AZURE, None, "https://acme.openai.azure.com/openai?api-version=1", None, "base_url"),
            (COMPATIBLE, Preset.BEDROCK, None, None, "region"),
            (COMPATIBLE, Preset.BEDROCK, None, "evil.example/", "region"),
            (COMPATIBLE, Preset.NEBIUS, None, "us-east-1", "region"),
            (ConnectionKind.OPENAI, Preset.NEBIUS, None, None, "preset"),
        ],
    )
    def test_what_is_missing_is_said(
        self, kind: ConnectionKind, preset: Preset | None, base_url: str | None, region: str | None, param: str
    ) -> None:
        """A kind without its address, or with a field of another kind, is refused by field."""
        with pytest.raises(InvalidInputError) as refusal:
            full_base_url(kind, preset, base_url=base_url, region=region)

        assert refusal.value.param == param


class TestGivenAddresses:
    @pytest.mark.parametrize("given", ["", "/", "/openai", "/openai/", "/openai/v1", "/openai/v1/"])
    def test_azure_ends_in_its_path(self, given: str) -> None:
        """An Azure resource is spoken to under /openai/v1, however much of it was pasted."""
        address = full_base_url(
            ConnectionKind.AZURE, None, base_url=f"https://acme.openai.azure.com{given}", region=None
        )

        assert address == "https://acme.openai.azure.com/openai/v1"

    @pytest.mark.parametrize("given", ["", "/", "/v1", "/v1/"])
    def test_tunery_ends_in_v1(self, given: str) -> None:
        """Another Tunery is spoken to under /v1."""
        assert full_base_url(COMPATIBLE, Preset.TUNERY, base_url=f"https://t.example{given}", region=None) == (
            "https://t.example/v1"
        )

    def test_others_stay_as_given(self) -> None:
        """Whose path is not known keeps it, less a slash at the end."""
        assert full_base_url(COMPATIBLE, None, base_url="https://x.example/v2/ai/", region=None) == (
            "https://x.example/v2/ai"
        )
