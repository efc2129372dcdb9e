"""The formula of a multi grader, such as `0.7 * exact + 0.3 * style`: what it may be made of. It is never run."""

import ast
from collections.abc import Collection, Iterator

from shared.quoting import quote

FUNCTIONS = frozenset({"min", "max", "abs", "floor", "ceil", "exp", "sqrt", "log"})
_MAX_CHARS = 2_000
_NODES = (ast.Expression, ast.BinOp, ast.UnaryOp, ast.Call, ast.Name, ast.Load, ast.operator, ast.unaryop)
_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.BitXor, ast.Pow, ast.UAdd, ast.USub)
"""`^` raises to a power in formulas, and is read as Python's exclusive or."""


def find_formula_faults(formula: str, names: Collection[str]) -> Iterator[str]:
    """What is wrong with a formula over graders called `names`, a sentence for each."""
    if len(formula) > _MAX_CHARS:
        yield f"the formula has more than {_MAX_CHARS:,} characters"
        return
    try:
        tree = ast.parse(formula.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        yield f"the formula cannot be read ({type(error).__name__})"
        return
    called = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            known = FUNCTIONS if node in called else names
            if node.id not in known:
                what = "function" if node in called else "grader"
                yield f"there is no {what} called {quote(node.id, max_chars=40)}; there are {_list(known)}"
        elif isinstance(node, ast.operator | ast.unaryop) and not isinstance(node, _OPERATORS):
            yield f"the operator {type(node).__name__} is not one of + - * / ^"
        elif not _may_stand(node):
            yield "only numbers, names of graders and functions without named arguments can stand in a formula"


def _may_stand(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, int | float) and not isinstance(node.value, bool)
    return isinstance(node, _NODES) and not (isinstance(node, ast.Call) and node.keywords)


def _list(names: Collection[str]) -> str:
    return ", ".join(sorted(names)) or "none"
