"""`tunery data check`: the verdict on a file before anything is spent, for people and for CI."""

import json
import sys
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from cli.data.document import CheckRequest, make_document
from cli.data.endings import ExitCode, failures_told
from cli.data.files import STANDARD_STREAM, read_json_file, readable_file
from cli.data.moderation import make_moderated, tell_unjudged
from cli.data.page import write_page
from cli.data.progress import progress_bar
from cli.data.served import ServedCheck, ask_service
from cli.data.tables import codes_of, print_document
from shared.errors import InvalidInputError
from shared.settings import load_settings

_WIDE = 160
"""Columns where nobody's terminal says otherwise, as in the logs of CI."""


class Method(StrEnum):
    SUPERVISED = "supervised"
    DPO = "dpo"
    REINFORCEMENT = "reinforcement"


class Target(StrEnum):
    OPENAI = "openai"
    AZURE = "azure"
    TOGETHER = "together"
    FIREWORKS = "fireworks"
    MISTRAL = "mistral"
    ENGINE = "engine"


def check(
    file: Annotated[Path, typer.Argument(help="A JSONL file; - reads standard input.")],
    *,
    model: Annotated[str | None, typer.Option(help="Count tokens and estimate for this model.")] = None,
    method: Annotated[Method, typer.Option(help="What the rows are to be trained with.")] = Method.SUPERVISED,
    target: Annotated[Target | None, typer.Option(help="Whose rules count; else the model's maker.")] = None,
    validation: Annotated[Path | None, typer.Option(help="Check this validation file too, and for leaks.")] = None,
    evaluation: Annotated[
        list[Path] | None, typer.Option("--eval", help="A file that measures models; may be given often.")
    ] = None,
    grader: Annotated[Path | None, typer.Option(help="JSON of the grader, for reinforcement.")] = None,
    groups: Annotated[
        Path | None, typer.Option(help='JSON such as {"women": ["she", "her"]}: do labels differ by group?')
    ] = None,
    moderate: Annotated[
        bool, typer.Option("--moderate", help="Send every text to OpenAI's moderation, or to that of --base-url.")
    ] = False,
    connection: Annotated[
        str | None, typer.Option(help="With --server --moderate: whose moderation, of the service's connections.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report document.")] = False,
    strict: Annotated[bool, typer.Option(help="End with 1 if there are warnings.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write the report as a page here.")] = None,
    server: Annotated[bool, typer.Option(help="Upload the file and have the service check it.")] = False,
    base_url: Annotated[
        str | None, typer.Option(help="With --server: the API. Else who moderates.", envvar="OPENAI_BASE_URL")
    ] = None,
    api_key: Annotated[str | None, typer.Option(help="The key for it; OPENAI_API_KEY works too.")] = None,
    data: Annotated[Path | None, typer.Option(help="Data folder of the service (tunery-data).")] = None,
) -> None:
    """Check a dataset. Exit codes: 0 fine, 1 warnings with --strict, 2 a job would be refused, 3 not (all) checked."""
    with failures_told(), ExitStack() as stack:
        _refuse_contradictions(server=server, moderate=moderate, connection=connection)
        request = CheckRequest(
            path=stack.enter_context(readable_file(file)),
            name="standard input" if file == STANDARD_STREAM else str(file),
            model=model,
            method=method,
            target=target,
            validation=validation and stack.enter_context(readable_file(validation)),
            evaluations=[stack.enter_context(readable_file(path)) for path in evaluation or []],
            grader=None if grader is None else read_json_file(grader),
            groups=None if groups is None else _read_groups(groups),
            moderated=make_moderated(base_url=base_url, api_key=api_key) if moderate and not server else None,
        )
        with progress_bar("checking") as tell:
            if server:
                service = ServedCheck(base_url, api_key, data_dir=data, page=html, moderation=connection)
                document = ask_service(request, service, tell)
            else:
                settings = load_settings()
                settings = settings if data is None else settings.model_copy(update={"data_dir": data})
                document = make_document(request, settings, tell)
                if html is not None:
                    write_page(html, document, request, settings)
        _show(document, as_json=as_json)
    raise typer.Exit(_exit_code(document, strict=strict))


def _refuse_contradictions(*, server: bool, moderate: bool, connection: str | None) -> None:
    if connection is not None and not (server and moderate):
        raise InvalidInputError("--connection goes with --server --moderate: it is one of the service's.")
    if server and moderate and connection is None:
        raise InvalidInputError("--server --moderate needs --connection: the one whose moderation gets the texts.")


def _read_groups(path: Path) -> dict[str, list[str]]:
    value = read_json_file(path)
    if not isinstance(value, dict) or not all(
        isinstance(terms, list) and all(isinstance(term, str) and term for term in terms) for terms in value.values()
    ):
        raise InvalidInputError(f'{path} must be an object of lists of words, such as {{"women": ["she", "her"]}}.')
    return value


def _show(document: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        print_document(document, Console(width=None if sys.stdout.isatty() else _WIDE))
    for sentence in tell_unjudged(document):
        typer.secho(f"warning: {sentence}", fg=typer.colors.YELLOW, err=True)


def _exit_code(document: dict[str, Any], *, strict: bool) -> ExitCode:
    if codes_of(document, "blocking"):
        return ExitCode.BLOCKED
    # A check that was asked for and did not come about must not pass for one that found nothing.
    if any(tell_unjudged(document)):
        return ExitCode.NOT_DONE
    return ExitCode.WARNINGS if strict and codes_of(document, "warnings") else ExitCode.FINE
