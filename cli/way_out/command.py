"""`tunery import openai`: every step of the way out in one command that may be run again at any time."""

from pathlib import Path
from typing import Annotated

import typer
from openai import OpenAI
from rich.console import Console

from cli.client import with_client
from cli.failures import fail
from cli.own_api import OwnApi
from cli.way_out.connection import Source, ensure_connection
from cli.way_out.steps import Recording, record, retrain, run_import
from cli.way_out.tables import show_at_risk, show_rescued
from shared.settings import process_environment

app = typer.Typer(no_args_is_help=True, help="Take files, jobs, models and their answers out of another organization.")

OPENAI_URL = "https://api.openai.com/v1"


@app.callback()
def _choose() -> None:
    """Keep `openai` a word of its own: other organizations may follow."""


@app.command("openai")
@with_client
def import_openai(
    client: OpenAI,
    *,
    upstream_url: Annotated[str, typer.Option(help="The organization's API, on OpenAI's wire.")] = OPENAI_URL,
    api_key_env: Annotated[
        str, typer.Option(metavar="NAME", help="Environment variable that holds the organization's key.")
    ] = "OPENAI_API_KEY",
    name: Annotated[str, typer.Option(help="What the connection is called here.")] = "openai",
    organization: Annotated[str | None, typer.Option(help="Sent as OpenAI-Organization.")] = None,
    project: Annotated[str | None, typer.Option(help="Sent as OpenAI-Project.")] = None,
    record_answers: Annotated[bool, typer.Option("--record", help="Record what the tuned models answer now.")] = False,
    sample: Annotated[int, typer.Option(min=1, max=5000, help="Prompts for each model.")] = 200,
    prompts: Annotated[str | None, typer.Option(help="A file here, file-…, instead of each model's own data.")] = None,
    budget_tokens: Annotated[int | None, typer.Option(min=1, help="Stop recording at so many tokens.")] = None,
    budget: Annotated[float | None, typer.Option(min=0, help="Stop recording at so much money, all models.")] = None,
    concurrency: Annotated[int, typer.Option(min=1, max=32, help="Requests at once for each model.")] = 4,
    retrain_on: Annotated[
        str | None, typer.Option("--retrain", metavar="BASE", help="Train every imported job again on this base model.")
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Wait for the new models and their answers too.")] = False,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the report goes.")] = Path("way-out.html"),
) -> None:
    """Import an organization, and record and retrain what is asked. Run it again: it adds what is new."""
    console = Console()
    api = OwnApi(client)
    key = process_environment().get(api_key_env, "").strip()
    if not key:
        fail(f"{api_key_env} is not set. It should hold a key of the organization at {upstream_url}.")
    source = Source(name=name, url=upstream_url, key=key, organization=organization, project=project)
    import_id = run_import(api, ensure_connection(api, source), console)
    if record_answers:
        asked = Recording(sample, prompts, budget_tokens, budget, concurrency)
        record(api, import_id, asked, console)
    if retrain_on:
        retrain(api, import_id, retrain_on, console, watch=watch)
    report = api.get(f"/imports/{import_id}/report")["report"]
    show_at_risk(report, console)
    show_rescued(report, console)
    output.write_text(api.get_text(f"/imports/{import_id}/report.html"), encoding="utf-8")
    console.print(f"Report: {output.resolve()}", highlight=False, markup=False, soft_wrap=True)
