"""The tools that a row offers. Schemas are not looked into here."""

from typing import Any

from shared.datasets.checks.names import is_name
from shared.datasets.found import Found
from shared.quoting import quote


def check_tools(tools: Any, found: Found) -> None:
    """Report what is wrong with the value of `tools`."""
    if not isinstance(tools, list):
        found.add("tools_not_list", '"tools" must be an array of tools.', path="/tools")
        return
    names: set[str] = set()
    for index, tool in enumerate(tools):
        name = _check_tool(tool, found, path=f"/tools/{index}")
        if name in names:
            problem = f"Two tools have the name {quote(name or '')}; give each its own."
            found.add("tool_name_duplicate", problem, path=f"/tools/{index}/function/name")
        if name is not None:
            names.add(name)


def _check_tool(tool: Any, found: Found, *, path: str) -> str | None:
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
