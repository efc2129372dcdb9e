"""The documentation says what the code does: compared in both directions wherever a list can be compared."""

import ast
import json
import re
import tomllib
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from api.errors import render_error
from api.main import create_app
from shared.engine import hyperparameters
from shared.errors import ServiceError
from shared.settings import Settings
from tests.meta import dataset_codes
from tests.meta.documents import (
    ROOT,
    anchors,
    examples,
    in_code,
    links,
    pages,
    read,
    section,
    table_rows,
)

_INTERNAL_CODES = {"object_not_found", "inference_failed", "invalid_token", "shutting_down"}
"Never answered under these names: defects of ours, and what the model server tells the API alone."


class TestConfigurationPage:
    def test_settings(self) -> None:
        """docs/configuration.md lists every setting and no other."""
        documented = [row[0].strip("`") for row in table_rows(read("docs/configuration.md"))]

        assert sorted(documented) == sorted(_variable(name) for name in Settings.model_fields)

    def test_types_and_defaults(self) -> None:
        """docs/configuration.md gives each setting's type, bounds and default as they are."""
        documented = {row[0].strip("`"): (row[1], row[2]) for row in table_rows(read("docs/configuration.md"))}

        assert documented == {
            _variable(name): (_type_of(field), _default_of(field)) for name, field in Settings.model_fields.items()
        }

    def test_names_elsewhere(self) -> None:
        """Every TUNERY_ name on any page is a setting."""
        known = {_variable(name) for name in Settings.model_fields}

        unknown = {
            (page.name, name)
            for page in pages()
            for name in re.findall(r"TUNERY_[A-Z0-9_]*[A-Z0-9]", page.read_text(encoding="utf-8"))
            if name not in known
        }

        assert unknown == set()


class TestDependenciesPage:
    def test_both_ways(self) -> None:
        """docs/dependencies.md gives a reason for each dependency, under its extra, and for nothing else."""
        project = tomllib.loads(read("pyproject.toml"))["project"]
        groups = {"## Core": project["dependencies"]}
        groups |= {f"## Extra `{name}`": wishes for name, wishes in project["optional-dependencies"].items()}
        declared = {(group, re.split(r"[^\w.-]", wish)[0]) for group, wishes in groups.items() for wish in wishes}

        rows = [(group, row) for group in groups for row in table_rows(section(read("docs/dependencies.md"), group))]

        assert {(group, in_code(row[0])) for group, row in rows} == declared
        assert all(row[1] for _, row in rows)


class TestApiPage:
    def test_routes(self) -> None:
        """docs/api.md lists every route and no other."""
        documented = [in_code(row[0]) for row in table_rows(section(read("docs/api.md"), "## Routes"))]

        paths = create_app(Settings()).openapi()["paths"]

        served = [f"{method.upper()} {path}" for path, operations in paths.items() for method in operations]
        assert sorted(documented) == sorted(served)

    def test_codes(self) -> None:
        """docs/api.md tells of every error code that the source can answer and of no other."""
        documented = [in_code(row[2]) for row in _error_rows()] + [in_code(row[0]) for row in _failure_rows()]

        in_source = {code for package in ("api", "shared", "worker") for code in _codes_in(ROOT / package)}

        assert set(documented) == in_source - _INTERNAL_CODES

    def test_statuses_and_types(self) -> None:
        """docs/api.md gives the status and the type that each error class is answered with."""
        documented = {in_code(row[2]): (row[0], in_code(row[1])) for row in _error_rows()}
        answered = {
            error.code: _answer_to(error)
            for error in _subclasses(ServiceError)
            if error.code is not None and error.code in documented
        }

        assert {code: documented[code] for code in answered} == answered


class TestDatasetChecksPage:
    def test_codes(self) -> None:
        """docs/dataset-checks.md lists every code of a report, as `python -m tests.meta.dataset_codes` writes it."""
        assert read(dataset_codes.PAGE).endswith(f"\n\n{dataset_codes.render_table()}")


class TestEnginePage:
    def test_hyperparameters(self) -> None:
        """docs/engine.md shows what `auto` becomes for some numbers of rows, as the code resolves it."""
        table = section(read("docs/engine.md"), "## Hyperparameters").partition("| Rows |")[2]
        documented = [[int(cell) for cell in row] for row in table_rows(f"| Rows |{table}")]

        assert documented == [_auto(n_examples) for n_examples, *_ in documented]


class TestLinks:
    def test_targets(self) -> None:
        """Every link between pages leads to a file that is there, and to a heading that is in it."""
        broken = [
            (page.relative_to(ROOT).as_posix(), target)
            for page in pages()
            for target in links(page)
            if not _resolves(page, target)
        ]

        assert broken == []

    def test_files_named(self) -> None:
        """Every file or folder of the repository that a page names is there."""
        named = re.compile(r"`((?:api|worker|shared|cli|tests|docs)/[\w./-]+)`")

        missing = [
            (page.name, path)
            for page in pages()
            for path in named.findall(page.read_text(encoding="utf-8"))
            if not (ROOT / path).exists()
        ]

        assert missing == []


class TestExamples:
    def test_python(self) -> None:
        """Every Python example on any page can be parsed."""
        broken = [(example.page.name, example.text) for example in examples("python") if not _is_python(example.text)]

        assert len(examples("python")) > 0
        assert broken == []

    def test_make_commands(self) -> None:
        """Every `make` command on any page is a target of the Makefile."""
        targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
        commands = re.compile(r"(?:^|`)make ((?:[a-z]+ ?)+)", re.MULTILINE)

        named = {word for page in pages() for words in commands.findall(page.read_text()) for word in words.split()}

        assert {"demo", "test"} <= named <= targets


def _variable(name: str) -> str:
    return f"TUNERY_{name.upper()}"


def _type_of(field: FieldInfo) -> str:
    annotation: Any = field.annotation
    if get_origin(annotation) is Literal:
        *first, last = (f"`{value}`" for value in get_args(annotation))
        return f"{', '.join(first)} or {last}"
    names = {
        str: "text",
        bool: "boolean",
        int: "integer",
        float: "number",
        Path: "path",
        SecretStr: "secret",
        dict: "JSON object",
        list: "JSON list",
    }
    bounds = [
        f"{words} {getattr(bound, name)}"
        for bound in field.metadata
        for name, words in (("ge", "at least"), ("gt", "above"))
        if hasattr(bound, name)
    ]
    return ", ".join([names[get_origin(annotation) or annotation], *bounds])


def _default_of(field: FieldInfo) -> str:
    default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    shown = json.dumps(default) if isinstance(default, dict | list) else str(default)
    return f"`{shown}`" if shown else "empty"


def _error_rows() -> list[list[str]]:
    text = section(read("docs/api.md"), "## Errors").partition("### Why a job failed")[0]
    return list(table_rows(text))


def _failure_rows() -> list[list[str]]:
    return list(table_rows(section(read("docs/api.md"), "### Why a job failed")))


def _codes_in(folder: Path) -> set[str]:
    """Every string that the source of a package gives as an error's code."""
    found: set[str] = set()
    for path in folder.rglob("*.py"):
        is_json_reader = path.parent.name == "strict_json"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            found |= _codes_at(node, is_json_reader=is_json_reader)
    return found


def _codes_at(node: ast.AST, *, is_json_reader: bool) -> set[str]:
    match node:
        case ast.Assign(targets=[ast.Name(id="code")], value=value):
            given = [value]
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
            given = [value for name, value in zip(names, values, strict=True) if _is_code(name)]
        case ast.Call(func=ast.Name(id="JobFailure"), args=[first, *_]):
            given = [first]
        case ast.Call(keywords=keywords):
            given = [keyword.value for keyword in keywords if keyword.arg == "code"]
        case ast.Constant(value=str(text)) if is_json_reader and re.fullmatch(r"json_[a-z_]+", text):
            given = [node]
        case _:
            given = []
    return {text for value in given for text in _texts(value)}


def _is_code(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id == "code"


def _texts(value: ast.expr) -> list[str]:
    """The strings that an expression can be, where it says them outright."""
    if isinstance(value, ast.IfExp):
        return [*_texts(value.body), *_texts(value.orelse)]
    return [value.value] if isinstance(value, ast.Constant) and isinstance(value.value, str) else []


def _subclasses(error: type[ServiceError]) -> set[type[ServiceError]]:
    below = set(error.__subclasses__())
    return below.union(*(_subclasses(child) for child in below))


def _answer_to(error: type[ServiceError]) -> tuple[str, str]:
    response = render_error("/v1/anything", ServiceError("message", code=error.code, kind=error.kind))
    return str(response.status_code), json.loads(bytes(response.body))["error"]["type"]


def _auto(n_examples: int) -> list[int]:
    resolved = hyperparameters.resolve(n_examples=n_examples)
    steps = hyperparameters.steps_in(n_examples, resolved.n_epochs, resolved.batch_size)
    return [n_examples, resolved.n_epochs, resolved.batch_size, steps]


def _resolves(page: Path, target: str) -> bool:
    name, _, anchor = target.partition("#")
    place = (page.parent / name).resolve() if name else page
    return place.exists() and (not anchor or anchor in anchors(place))


def _is_python(text: str) -> bool:
    try:
        return isinstance(ast.parse(text), ast.Module)
    except SyntaxError:
        return False
