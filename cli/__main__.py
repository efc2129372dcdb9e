"""`python -m cli`: the same as `tunery`."""

from cli.main import app

app(prog_name="tunery")
