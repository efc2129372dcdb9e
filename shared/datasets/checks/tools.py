"""The tools that a row offers: type, name, and parameters that are a JSON schema."""

from typing import Any

import msgspec

from shared.datasets.checks.names import is_name
from shared.datasets.checks.schemas import SchemaCache
from shared.datasets.collector import Collector
from shared.quoting import quote

_VALUES = frozenset({"enum", "const", "default", "examples"})
"""Keywords under which null is a value like others."""


def check_tools(tools: Any, found: Collector, schemas: SchemaCache) -> dict[str, Any]:
    """Report what is wrong with the value of `tools`; the sound ones' parameters by name, None for unknown ones."""
    offered: dict[str, Any] = {}
    if not isinstance(tools, list):
        found.add("tools_not_list", '"tools" must be an array of tools.', path="/tools")
        return offered
    for index, tool in enumerate(tools):
        path = f"/tools/{index}"
        # A sound tool seen again costs 2 µs instead of 40, and rows with tools spend most of their time here.
        key = msgspec.json.encode(tool)
        checked = schemas.get_sound_tool(key) or _check_new_tool(tool, key, found, schemas, path=path)
        if checked is None:
            continue
        name, parameters = checked
        if name in offered:
            problem = f"Two tools have the name {quote(name)}; give each its own."
            found.add("tool_name_duplicate", problem, path=f"{path}/function/name")
        offered[name] = parameters
    return offered


def check_parameters(function: dict[str, Any], found: Collector, schemas: SchemaCache, *, path: str) -> Any:
    """Report what is wrong with a function's parameters; these without padding, None if they tell nothing."""
    parameters = function.get("parameters")
    if parameters is None:
        return None
    path = f"{path}/parameters"
    name = quote(str(function.get("name")), max_chars=64)
    if not isinstance(parameters, dict):
        found.add("tool_schema_invalid", f"The parameters of {name} must be an object.", path=path)
        return None
    dropped = Padding()
    parameters = dropped.drop(parameters)
    if dropped.in_properties:
        problem = f"The schema of {name} has properties that are null; remove them."
        found.add("tool_schema_null_padding", problem, path=path)
    fault = schemas.find_fault(parameters)
    if fault is not None:
        found.add("tool_schema_invalid", f"The parameters of {name} are no JSON schema: {fault}.", path=path)
        return None
    return parameters


class Padding:
    """Drops the null keys that tables leave in schemas, and remembers whether they stood for properties."""

    def __init__(self) -> None:
        self.in_properties = False

    def drop(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.drop(item) for item in value]
        if not isinstance(value, dict):
            return value
        properties = value.get("properties")
        if isinstance(properties, dict) and None in properties.values():
            self.in_properties = True
        return {
            key: item if key in _VALUES else self.drop(item)
            for key, item in value.items()
            if item is not None or key in _VALUES
        }


def _check_new_tool(
    tool: Any, key: bytes, found: Collector, schemas: SchemaCache, *, path: str
) -> tuple[str, Any] | None:
    """Report what is wrong with a tool; its name and parameters, if it has a proper name."""
    n_found = found.n_found
    name = _check_tool(tool, found, path=path)
    if name is None:
        return None
    parameters = check_parameters(tool["function"], found, schemas, path=f"{path}/function")
    if found.n_found == n_found:
        schemas.keep_sound_tool(key, name, parameters)
    return name, parameters


def _check_tool(tool: Any, found: Collector, *, path: str) -> str | None:
    """Report what is wrong with one tool; its name, if it has a proper one."""
    tool = tool if isinstance(tool, dict) else {}
    if tool.get("type") != "function":
        found.add("tool_type_invalid", 'A tool must have "type": "function".', path=path)
    function = tool.get("function")
    if not isinstance(function, dict):
        found.add("tool_function_missing", 'A tool needs "function" with a name and parameters.', path=path)
        return None
    name = function.get("name")
    if not is_name(name):
        problem = "A function name is 1 to 64 letters, digits, underscores and hyphens."
        found.add("tool_name_invalid", problem, path=f"{path}/function/name")
        return None
    return str(name)
