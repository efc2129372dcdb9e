"""`tunery data`: what can be done with datasets on this machine, without a service, and how a service judges them."""

import typer

from cli.data.check import check
from cli.data.convert import convert
from cli.data.reshape import fix, merge, sample, split

app = typer.Typer(no_args_is_help=True, help="Datasets on this machine: check, convert, split, fix, merge, sample.")
app.command("check")(check)
app.command("convert")(convert)
app.command("split")(split)
app.command("fix")(fix)
app.command("merge")(merge)
app.command("sample")(sample)
