"""The `tunery` command: which words it knows, and where each is told."""

import typer

from cli import data, files, jobs, models
from cli.chat import chat
from cli.demo.command import demo
from cli.up.command import up
from cli.way_out.command import app as way_out

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="The fine-tuning API a team keeps: OpenAI's wire, self-hosted, with real training behind it.",
)
app.command("up")(up)
app.command("demo")(demo)
app.add_typer(data.app, name="data")
app.add_typer(files.app, name="files")
app.add_typer(jobs.app, name="jobs")
app.add_typer(models.app, name="models")
app.add_typer(way_out, name="import")
app.command("chat")(chat)
