"""The architecture as rules over source files. Each says which lines break it; its docstring says why it is there."""

import ast
import re
from collections.abc import Iterator

from tests.meta.source import Source, count_lines, parameters

Finding = tuple[int, str]
"Line, and what is wrong there."

MAX_MODULE_LINES = 300
MAX_FUNCTION_LINES = 60
LONG_FUNCTIONS = {("shared/engine/loop.py", "train")}
"The training loop is read top to bottom once and is the better for being one page."

_SQL_PLACES = ("shared/outbox/", "shared/db/", "shared/migrations/")
_SQL_WORDS = {"select", "insert", "update", "delete", "text", "union", "union_all", "func", "exists"}
_SQL_METHODS = {"exec", "execute", "exec_driver_sql", "scalar", "scalars", "query", "get", "merge", "refresh"}
_DATABASE_NAMES = {"session", "connection"}
_ENGINE_LIBRARIES = {"torch", "transformers", "peft", "safetensors", "accelerate", "gguf"}
_LEAVES = {"byte_search", "settings", "errors", "ids", "clock", "log", "quoting", "signals", "process"}
_BELOW_DOMAINS = _LEAVES | {
    "db",
    "outbox",
    "storage",
    "strict_json",
    "secrets",
    "broker",
    "tasks",
    "resources",
    "outbound",
    "engine",
}


def only_engine_imports_torch(source: Source) -> Iterator[Finding]:
    """The engine is a leaf: whatever else imports torch could no longer start without it."""
    if not source.is_in("shared/engine/"):
        yield from _imports_from(source, _ENGINE_LIBRARIES)


def domains_keep_their_repositories(source: Source) -> Iterator[Finding]:
    """A repository is its domain's own: others call the service, which knows the rules that a row has to obey."""
    for line, name in source.imports():
        found = re.match(r"shared\.(\w+)\.repository\b", name)
        if found and not source.is_in(f"shared/{found[1]}/"):
            yield line, f"imports {name}"


def sql_is_in_repositories(source: Source) -> Iterator[Finding]:
    """Queries live where they are born with a tenant, so that no place can forget one."""
    if source.is_in(*_SQL_PLACES) or source.path.endswith("/repository.py"):
        return
    for line, name in source.imports():
        library, _, word = name.rpartition(".")
        if library.split(".")[0] in {"sqlalchemy", "sqlmodel"} and word in _SQL_WORDS:
            yield line, f"imports {name}"
    for line, name in source.calls():
        owner, _, method = name.rpartition(".")
        if method in _SQL_METHODS and owner.rpartition(".")[2] in _DATABASE_NAMES:
            yield line, f"calls {name}"


def one_place_commits(source: Source) -> Iterator[Finding]:
    """A request or task is one transaction. Object writers commit too, and are named so; no session may."""
    if source.is_in("shared/db/session.py", "shared/storage/"):
        return
    for line, name in source.calls():
        owner, _, method = name.rpartition(".")
        if method in {"commit", "rollback"} and not owner.endswith("writer"):
            yield line, f"calls {name}"


def one_place_unpickles(source: Source) -> Iterator[Finding]:
    """Unpickling runs what the bytes say, so it is done in one place, behind a signature."""
    if source.is_in("shared/datasets/pipeline/results.py"):
        return
    for line, name in (*source.imports(), *source.calls()):
        if name in {"pickle.load", "pickle.loads", "pickle.Unpickler", "marshal.load", "marshal.loads", "shelve.open"}:
            yield line, f"uses {name}"


def one_place_reads_the_environment(source: Source) -> Iterator[Finding]:
    """Settings are read once, named and documented; a variable read elsewhere is a setting nobody knows of."""
    if source.is_in("shared/settings.py"):
        return
    words = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}
    for line, name in (*source.imports(), *source.names()):
        if name.startswith("os.") and name.split(".")[1] in words:
            yield line, f"uses {name}"


def one_place_makes_engines(source: Source) -> Iterator[Finding]:
    """Another engine would lose updates on SQLite: transactions there have to begin IMMEDIATE."""
    if source.is_in("shared/db/engine.py"):
        return
    for line, name in (*source.imports(), *source.names()):
        if name.rpartition(".")[2] in {"create_engine", "create_async_engine", "engine_from_config"}:
            yield line, f"uses {name}"


def one_place_sends_messages(source: Source) -> Iterator[Finding]:
    """A message is a hint about a row. Whoever sends one without a row builds on a broker that loses messages."""
    if source.is_in("shared/tasks.py"):
        return
    for line, name in source.calls():
        if name.rpartition(".")[2] in {"delay", "apply_async", "send_task", "retry"}:
            yield line, f"calls {name}"


def repositories_are_born_with_a_tenant(source: Source) -> Iterator[Finding]:
    """Every query names its project, or says in its own name that it serves the system."""
    if not source.path.endswith("/repository.py"):
        return
    for function in source.public_functions():
        if function.name.endswith("_system"):
            continue
        if "project_id" not in parameters(function):
            yield function.lineno, f"{function.name} takes no project_id and is not named *_system"
        elif not _binds_project(function):
            yield function.lineno, f"{function.name} takes a project_id that its statement does not use"


def requests_use_no_system_query(source: Source) -> Iterator[Finding]:
    """A request acts for one tenant; what crosses tenants belongs to workers and to the first start."""
    if source.is_in("api/"):
        for line, name in (*source.imports(), *source.names()):
            if name.endswith("_system"):
                yield line, f"uses {name}"


def foundations_know_no_domain(source: Source) -> Iterator[Finding]:
    """Settings, errors and ids know nothing; database, outbox and storage know no domain that stands on them."""
    parts = source.path.removesuffix(".py").split("/")
    if (
        parts[0] != "shared"
        or len(parts) == 1
        or parts[1] not in _BELOW_DOMAINS
        or source.is_in("shared/db/tables.py", "shared/engine/")
    ):
        return
    allowed = _LEAVES if parts[1] in _LEAVES else _BELOW_DOMAINS
    for line, name in source.imports():
        imported = name.split(".")
        if imported[0] == "shared" and len(imported) > 1 and imported[1] not in allowed:
            yield line, f"imports {name}"


def errors_have_our_shapes(source: Source) -> Iterator[Finding]:
    """The framework's `{"detail": …}` is on neither wire: errors are ours, rendered in one place."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Dict) and [ast.unparse(key) for key in node.keys if key] == ["'detail'"]:
            yield node.lineno, "makes a body of nothing but detail"
        elif isinstance(node, ast.Raise) and node.exc is not None and "HTTPException" in ast.unparse(node.exc):
            yield node.lineno, "raises the framework's HTTPException"
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str | bytes)
            and re.match(
                r"\s*{\s*[\"']detail", node.value if isinstance(node.value, str) else node.value.decode("latin-1")
            )
        ):
            yield node.lineno, "writes a body of nothing but detail"


def modules_say_what_they_are(source: Source) -> Iterator[Finding]:
    """A reader who opens a file learns in its first lines what it is and what it refuses to know."""
    if not ast.get_docstring(source.tree):
        yield 1, "has no docstring"


def modules_are_short(source: Source) -> Iterator[Finding]:
    """What does not fit into one reading is two things. Migrations are generated, and written once."""
    length = source.text.count("\n")
    if length > MAX_MODULE_LINES and not source.is_in("shared/migrations/versions/"):
        yield MAX_MODULE_LINES, f"has {length} lines; the most is {MAX_MODULE_LINES}"


def functions_are_short(source: Source) -> Iterator[Finding]:
    """A function that needs scrolling hides another one."""
    if source.is_in("shared/migrations/versions/"):
        return
    for function in source.functions():
        length = count_lines(function)
        if length > MAX_FUNCTION_LINES and (source.path, function.name) not in LONG_FUNCTIONS:
            yield function.lineno, f"{function.name} has {length} lines; the most is {MAX_FUNCTION_LINES}"


def _imports_from(source: Source, libraries: set[str]) -> Iterator[Finding]:
    for line, name in source.imports():
        if name.split(".")[0] in libraries:
            yield line, f"imports {name}"


def _binds_project(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether `project_id` is compared with a column, written into a row, or handed to another query."""
    for node in ast.walk(function):
        if isinstance(node, ast.Compare):
            sides = [ast.unparse(side) for side in (node.left, *node.comparators)]
            if "project_id" in sides and any(".project_id" in side for side in sides):
                return True
        elif isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            if any(key and ast.unparse(key) == "'project_id'" and _is_project(value) for key, value in pairs):
                return True
        elif isinstance(node, ast.Call) and any(_is_project(argument) for argument in node.args):
            return True
    return False


def _is_project(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "project_id"
