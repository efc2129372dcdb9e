"""How to reach one provider: address, key and headers in one value, and the clients made of it. Knows no row."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field

import httpx2
import openai
from pydantic import SecretStr

from shared.outbound.client import guarded_client
from shared.settings import Settings

_AZURE = "azure"
_CONNECT_SECONDS = 5.0
MOST_BYTES = 80 << 20
"Of an answer that is held in memory; the largest that is wanted is a result file of 64 MiB."
USER_AGENT = "Tunery/1.0"


@dataclass(frozen=True)
class Upstream:
    """A provider that is ready to be called. `base_url` has no slash at its end; `headers` go with every request."""

    connection_id: str
    kind: str
    base_url: str
    api_key: SecretStr
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout_seconds: float = 60.0
    preset: str | None = None


def open_client(
    upstream: Upstream, settings: Settings, *, within_seconds: float | None = None, most_bytes: int = MOST_BYTES
) -> openai.OpenAI:
    """The SDK's client for a provider; close it. It repeats nothing, since only we know what may be repeated.

    Everything it does has ended `within_seconds` from now, and an answer has `most_bytes`.
    """
    client = openai.OpenAI(
        base_url=upstream.base_url,
        api_key="held by the transport",
        organization="",
        project="",
        webhook_secret="",
        max_retries=0,
        timeout=_timeout(upstream),
        http_client=guarded_client(
            settings,
            timeout=_timeout(upstream),
            within_seconds=within_seconds,
            most_bytes=most_bytes,
            auth=UpstreamAuth(upstream),
            headers={"accept-encoding": "identity"},
        ),
    )
    # The SDK takes these from our environment where it is given none, and would send an empty string as a header.
    client.organization = client.project = None
    client._custom_headers = {"User-Agent": USER_AGENT}  # noqa: SLF001  OPENAI_CUSTOM_HEADERS are in there too
    return client


class UpstreamAuth(httpx2.Auth):
    """Puts the provider's key on each request as its kind wants it, and takes off whatever else was there."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        key = self._upstream.api_key.get_secret_value()
        request.headers.pop("authorization", None)
        if self._upstream.kind == _AZURE:
            request.headers["api-key"] = key
        else:
            request.headers["authorization"] = f"Bearer {key}"
        request.headers.update(self._upstream.headers)
        yield request


def _timeout(upstream: Upstream) -> httpx2.Timeout:
    return httpx2.Timeout(upstream.timeout_seconds, connect=_CONNECT_SECONDS)
