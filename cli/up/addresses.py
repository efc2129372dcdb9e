"""Where the parts of the service meet: opened before any child, kept over restarts of the children."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from socket import socket

from cli.up.options import UpOptions
from cli.up.redis_server import redis_url, socket_folder
from cli.up.services import has_engine
from cli.up.sockets import open_listener, url_of
from shared.settings import Settings

_LOOPBACK = ["127.0.0.0/8", "::1/128"]


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """`inference` and `redis_folder` are None for a part that runs elsewhere or not at all."""

    api: socket
    inference: socket | None
    redis_folder: Path | None

    @property
    def api_url(self) -> str:
        """Without a path."""
        return url_of(self.api)


def open_addresses(settings: Settings, options: UpOptions, stack: ExitStack) -> Addresses:
    """Open what this process tree serves itself; `stack` closes it. Raises UpError if the port is taken."""
    api = stack.enter_context(open_listener(options.host, options.port))
    inference = None
    if options.with_inference and has_engine() and not settings.inference_url:
        inference = stack.enter_context(open_listener("127.0.0.1", 0))
    redis_folder = None if settings.redis_url else stack.enter_context(socket_folder(options.data_dir))
    return Addresses(api=api, inference=inference, redis_folder=redis_folder)


def with_own_machine(settings: Settings, options: UpOptions) -> Settings:
    """Webhooks to this machine are let through while nobody else can ask for them, unless the operator has decided."""
    is_own = options.host in {"127.0.0.1", "::1", "localhost"}
    if not is_own or "outbound_allowed_networks" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"outbound_allowed_networks": _LOOPBACK, "outbound_allow_http": True})


def with_addresses(settings: Settings, addresses: Addresses) -> Settings:
    """`settings` with the addresses of our own parts filled in."""
    update = {}
    if addresses.redis_folder:
        update["redis_url"] = redis_url(addresses.redis_folder)
    if addresses.inference:
        update["inference_url"] = url_of(addresses.inference)
    return settings.model_copy(update=update)
