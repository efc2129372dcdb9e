"""`tunery models`: what can be trained and asked."""

import typer
from openai import OpenAI

from cli.client import with_client
from cli.output import JsonOption, local_time, show_list

app = typer.Typer(no_args_is_help=True, help="Base and tuned models.")


@app.command("list")
@with_client
def list_models(client: OpenAI, *, as_json: JsonOption = False) -> None:
    """List base and tuned models."""
    columns = {
        "id": lambda model: model.id,
        "owned_by": lambda model: model.owned_by,
        "created": lambda model: local_time(model.created) if model.created else "",
    }
    show_list(list(client.models.list()), columns, as_json=as_json)
