"""The connection to the old organization: made once, found again by its name."""

from dataclasses import dataclass, field
from typing import Any

from cli.failures import fail
from cli.own_api import OwnApi

_OPENAI_HOST = "https://api.openai.com"
_MOST = 100


@dataclass(frozen=True)
class Source:
    """An organization and the key that opens it."""

    name: str
    url: str
    key: str = field(repr=False)
    organization: str | None = None
    project: str | None = None

    @property
    def body(self) -> dict[str, Any]:
        kind = "openai" if self.url.startswith(_OPENAI_HOST) else "openai_compatible"
        told = {
            "name": self.name,
            "kind": kind,
            "secret": self.key,
            "base_url": self.url.rstrip("/"),
            "organization": self.organization,
            "project": self.project,
        }
        return {name: value for name, value in told.items() if value is not None}


def ensure_connection(api: OwnApi, source: Source) -> str:
    """The id of the connection of this name, made now or found with the key renewed."""
    for known in api.get("/connections", limit=_MOST)["data"]:
        if known["name"] != source.name:
            continue
        if known["base_url"].rstrip("/") != source.url.rstrip("/"):
            fail(f"The connection {source.name} leads to {known['base_url']}. Choose another name with --name.")
        api.patch(f"/connections/{known['id']}", {"secret": source.key})
        return str(known["id"])
    return str(api.post("/connections", source.body)["id"])
