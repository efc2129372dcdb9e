"""`python -m cli`: the same as `tunery`."""

from cli.main import app

if __name__ == "__main__":
    # Processes that check parts of a file import this module again.
    app(prog_name="tunery")
