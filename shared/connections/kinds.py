"""The kinds of provider there are and where each is found. Knows no row and no key."""

from enum import StrEnum

from shared.errors import InvalidInputError

ENGINE = "engine"
"The name of what trains here. It is no row: it is always there, and has neither address nor key."
_HOST_PARTS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


class ConnectionKind(StrEnum):
    """How a provider wants to be spoken to."""

    OPENAI = "openai"
    AZURE = "azure"
    OPENAI_COMPATIBLE = "openai_compatible"


class Preset(StrEnum):
    """Providers of kind `openai_compatible` whose address or habits are known."""

    NEBIUS = "nebius"
    BEDROCK = "bedrock"
    TUNERY = "tunery"


class ConnectionState(StrEnum):
    """What the last call met. A revoked key is not tried again until it is replaced."""

    OK = "ok"
    FAILING = "failing"
    REVOKED = "revoked"


def full_base_url(kind: ConnectionKind, preset: Preset | None, *, base_url: str | None, region: str | None) -> str:
    """Where the wire begins at a provider, without a slash at the end. Raises InvalidInputError for what is missing."""
    if preset is not None and kind is not ConnectionKind.OPENAI_COMPATIBLE:
        raise InvalidInputError("preset belongs to the kind `openai_compatible`.", param="preset")
    if region is not None and preset is not Preset.BEDROCK:
        raise InvalidInputError("region belongs to the preset `bedrock`.", param="region")
    if base_url is None:
        return _known_address(kind, preset, region)
    if "?" in base_url:
        raise InvalidInputError("base_url must not carry a query: paths are put behind it.", param="base_url")
    trimmed = base_url.rstrip("/")
    if kind is ConnectionKind.AZURE:
        return _with_ending(trimmed, "/openai/v1")
    return _with_ending(trimmed, "/v1") if preset is Preset.TUNERY else trimmed


def _known_address(kind: ConnectionKind, preset: Preset | None, region: str | None) -> str:
    if kind is ConnectionKind.OPENAI:
        return "https://api.openai.com/v1"
    if preset is Preset.NEBIUS:
        return "https://api.tokenfactory.nebius.com/v1"
    if preset is Preset.BEDROCK:
        if region is None or not region or not _HOST_PARTS.issuperset(region):
            raise InvalidInputError("The preset `bedrock` needs a region such as `us-east-1`.", param="region")
        return f"https://bedrock-mantle.{region}.api.aws/v1"
    needed = "https://NAME.openai.azure.com" if kind is ConnectionKind.AZURE else "https://host/v1"
    raise InvalidInputError(f"base_url is needed for this kind, such as {needed}.", param="base_url")


def _with_ending(url: str, ending: str) -> str:
    """`url` with `ending`, of which it may have a part already: Azure's portal shows addresses in three lengths."""
    for given in (ending, ending.rpartition("/")[0], ""):
        if url.endswith(given):
            return url.removesuffix(given) + ending
    return url
