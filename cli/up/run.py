"""From a data folder to a running service, and back: what is done in which order."""

from contextlib import ExitStack

from rich.console import Console

from cli.up.addresses import open_addresses, with_addresses, with_own_machine
from cli.up.banner import banner
from cli.up.journal import Journal, logging_to
from cli.up.lock import data_dir_locked
from cli.up.options import UpOptions
from cli.up.preparation import prepare_database, with_secrets
from cli.up.service import Service
from cli.up.stop_signals import StopSignals
from cli.up.supervisor import Supervisor
from shared.settings import Settings


def run(settings: Settings, options: UpOptions, *, console: Console) -> None:
    """Serve until a signal asks to stop. Raises UpError, CredentialsError or ServiceError if that fails."""
    signals = StopSignals()
    signals.listen()
    with data_dir_locked(options.data_dir), ExitStack() as stack:
        stack.enter_context(logging_to(options.log_dir, level=settings.log_level))
        addresses = open_addresses(settings, options, stack)
        settings = with_addresses(
            with_secrets(with_own_machine(settings, options), data_dir=options.data_dir), addresses
        )
        service = Service(
            settings, addresses, log_dir=options.log_dir, supervisor=Supervisor(Journal(console)), signals=signals
        )
        stack.callback(service.stop)
        service.start_redis()
        credentials = prepare_database(settings, base_url=f"{addresses.api_url}/v1")
        if service.start_children():
            console.print(banner(addresses.api_url, options=options, has_keys=credentials is not None))
        service.watch()
        console.print("Stopping. Once more Ctrl-C kills at once.", style="dim")
