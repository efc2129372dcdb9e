"""`tunery files`: upload and look after datasets and result files."""

import sys
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from openai import OpenAI

from cli.client import with_client
from cli.output import JsonOption, local_time, show, show_list

app = typer.Typer(no_args_is_help=True, help="Datasets and result files.")

FileId = Annotated[str, typer.Argument(metavar="FILE", help="Id of the file, file-…")]


@app.command("upload")
@with_client
def upload_file(
    client: OpenAI,
    path: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A JSONL file.")],
    *,
    purpose: Annotated[str, typer.Option(help="What the file is for.")] = "fine-tune",
    as_json: JsonOption = False,
) -> None:
    """Upload a file and print its id."""
    file = client.files.create(file=path, purpose=purpose)  # type: ignore[arg-type]  # the API judges the purpose
    if as_json:
        show(file, as_json=True)
    else:
        print(file.id)


@app.command("list")
@with_client
def list_files(
    client: OpenAI,
    *,
    limit: Annotated[int, typer.Option(min=1, help="At most this many.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """List files, newest first."""
    columns = {
        "id": lambda file: file.id,
        "filename": lambda file: file.filename,
        "bytes": lambda file: str(file.bytes),
        "purpose": lambda file: file.purpose,
        "status": lambda file: file.status,
        "created": lambda file: local_time(file.created_at),
    }
    show_list(list(islice(client.files.list(limit=limit), limit)), columns, as_json=as_json)


@app.command("get")
@with_client
def get_file(client: OpenAI, file: FileId, *, as_json: JsonOption = False) -> None:
    """Show one file."""
    show(client.files.retrieve(file), as_json=as_json)


@app.command("delete")
@with_client
def delete_file(client: OpenAI, file: FileId) -> None:
    """Delete a file."""
    print(f"deleted {client.files.delete(file).id}")


@app.command("content")
@with_client
def print_content(
    client: OpenAI,
    file: FileId,
    *,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write here instead of to stdout.")] = None,
) -> None:
    """Print a file's bytes. Result files come base64-encoded, as OpenAI sends them."""
    with client.files.with_streaming_response.content(file) as response:
        if output:
            response.stream_to_file(output)
        else:
            for chunk in response.iter_bytes():
                sys.stdout.buffer.write(chunk)
