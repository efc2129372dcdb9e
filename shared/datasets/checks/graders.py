"""A grader by itself, before any row is graded: its type, its fields, the templates and the formula in it.

Types and fields are those of OpenAI's wire. Code in a grader is parsed and never run.
"""

import ast
from collections.abc import Callable, Collection, Iterator
from typing import Any, NamedTuple

from shared.datasets.checks.grader_formula import find_formula_faults
from shared.datasets.checks.grader_templates import find_item_fields, find_template_faults
from shared.datasets.collector import Collector
from shared.quoting import quote

_MAX_SOURCE_BYTES = 256 << 10
_OPERATIONS = ("eq", "ne", "like", "ilike")
_METRICS = ("fuzzy_match", "bleu", "gleu", "meteor", "cosine", *(f"rouge_{n}" for n in range(1, 6)), "rouge_l")
_ROLES = frozenset({"system", "developer", "user", "assistant"})


class GraderFault(NamedTuple):
    path: str
    "A JSON pointer into the grader."
    problem: str


Faults = Iterator[GraderFault]


def find_grader_faults(grader: Any, *, row_fields: Collection[str] | None = None) -> list[GraderFault]:
    """All that is wrong with a grader; with the fields that rows have also templates that name others."""
    faults = list(_check(grader, "", may_nest=True))
    if row_fields is not None:
        missing = sorted(fields_read_by(grader) - frozenset(row_fields))
        faults += [GraderFault("", f"it reads item.{name[:64]}, a field that no row has") for name in missing]
    return faults


def report_grader(grader: Any, found: Collector, *, row_fields: Collection[str] | None = None) -> None:
    """Report each fault as `grader_invalid`, about the file as a whole."""
    for fault in find_grader_faults(grader, row_fields=row_fields):
        place = f"At {fault.path} of the grader" if fault.path else "In the grader"
        found.add_for_file("grader_invalid", f"{place}: {fault.problem}.", detail={"grader_path": fault.path})


def fields_read_by(grader: Any) -> frozenset[str]:
    """The top-level fields of rows that a grader reads, those of graders inside included: `item_fields` of a check."""
    return frozenset(field for text in _texts(grader) for field in find_item_fields(text))


def _check(grader: Any, path: str, *, may_nest: bool = False) -> Faults:
    if not isinstance(grader, dict):
        yield GraderFault(path, "a grader must be an object")
        return
    kind = grader.get("type")
    entry = _KINDS.get(kind) if isinstance(kind, str) else None
    if entry is None or (kind == "multi" and not may_nest):
        known = ", ".join(name for name in _KINDS if may_nest or name != "multi")
        yield GraderFault(f"{path}/type", f"the type must be one of {known}")
        return
    required, optional, check = entry
    for name in ("name", *required):
        if grader.get(name) is None:
            yield GraderFault(f"{path}/{name}", f"a {kind} grader needs {quote(name)}")
    for name in grader:
        if name not in {"type", "name", *required, *optional}:
            yield GraderFault(path, f"a {kind} grader has no {quote(name)}")
    if grader.get("name") is not None and not isinstance(grader["name"], str):
        yield GraderFault(f"{path}/name", "the name must be text")
    yield from check(grader, path)
    for text in () if kind == "multi" else _texts(grader):
        yield from (GraderFault(path, problem) for problem in find_template_faults(text))


def _check_strings(grader: dict[str, Any], path: str) -> Faults:
    for name in ("input", "reference"):
        if grader.get(name) is not None and not isinstance(grader[name], str):
            yield GraderFault(f"{path}/{name}", f"{quote(name)} must be text")
    for name, choices in (("operation", _OPERATIONS), ("evaluation_metric", _METRICS)):
        if grader.get(name) is not None and grader[name] not in choices:
            yield GraderFault(f"{path}/{name}", f"{quote(name)} must be one of {', '.join(choices)}")
    yield from _check_threshold(grader, path)


def _check_score(grader: dict[str, Any], path: str) -> Faults:
    yield from _check_messages(grader.get("input"), f"{path}/input")
    limits = grader.get("range")
    if limits is not None and not (_are_numbers(limits) and len(limits) == 2 and limits[0] < limits[1]):  # noqa: PLR2004 - two ends
        yield GraderFault(f"{path}/range", "the range must be two numbers, the lower one first")
    yield from _check_threshold(grader, path)


def _check_labels(grader: dict[str, Any], path: str) -> Faults:
    yield from _check_messages(grader.get("input"), f"{path}/input")
    labels, passing = grader.get("labels"), grader.get("passing_labels")
    for name, values in (("labels", labels), ("passing_labels", passing)):
        if values is not None and not (_are_texts(values) and values and len(set(values)) == len(values)):
            yield GraderFault(f"{path}/{name}", f"{quote(name)} must be texts that are all different, at least one")
    if isinstance(labels, list) and isinstance(passing, list) and _are_texts([*labels, *passing]):
        for label in passing:
            if label not in labels:
                yield GraderFault(f"{path}/passing_labels", f"{quote(label, max_chars=40)} is not among the labels")


def _check_python(grader: dict[str, Any], path: str) -> Faults:
    source = grader.get("source")
    if source is None:
        return
    if not isinstance(source, str) or len(source.encode("utf-8", "surrogatepass")) > _MAX_SOURCE_BYTES:
        yield GraderFault(f"{path}/source", "the source must be text of at most 256 kB")
        return
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        place = f"line {line}" if line else "it"
        yield GraderFault(f"{path}/source", f"the source is not Python: {place} cannot be read")
        return
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "grade"]
    if not functions or len(functions[-1].args.args) != 2:  # noqa: PLR2004 - sample and item
        yield GraderFault(f"{path}/source", "the source must define grade(sample, item)")


def _check_multi(grader: dict[str, Any], path: str) -> Faults:
    graders, formula = grader.get("graders"), grader.get("calculate_output")
    if graders is not None and (not isinstance(graders, dict) or not graders):
        yield GraderFault(f"{path}/graders", "the graders must be an object with at least one, by name")
        graders = None
    for name, inner in (graders or {}).items():
        yield from _check(inner, f"{path}/graders/{name[:40].replace('~', '~0').replace('/', '~1')}")
    if formula is not None and not isinstance(formula, str):
        yield GraderFault(f"{path}/calculate_output", "the formula must be text")
    elif formula is not None:
        for problem in find_formula_faults(formula, list(graders or {})):
            yield GraderFault(f"{path}/calculate_output", problem)


def _check_messages(messages: Any, path: str) -> Faults:
    if messages is None:
        return
    if not isinstance(messages, list) or not messages:
        yield GraderFault(path, "the input must be messages, at least one")
        return
    for number, message in enumerate(messages):
        role = message.get("role") if isinstance(message, dict) else None
        if not isinstance(role, str) or role not in _ROLES or message.get("content") is None:
            yield GraderFault(f"{path}/{number}", f"a message needs content and a role of {', '.join(sorted(_ROLES))}")


def _check_threshold(grader: dict[str, Any], path: str) -> Faults:
    threshold = grader.get("pass_threshold")
    if threshold is not None and not _are_numbers([threshold]):
        yield GraderFault(f"{path}/pass_threshold", "the threshold must be a number")


def _texts(value: Any) -> Iterator[str]:
    """Every text in a grader but Python sources, whose braces are no templates."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            yield part
        elif isinstance(part, list):
            waiting.extend(part)
        elif isinstance(part, dict):
            waiting.extend(item for key, item in part.items() if not (key == "source" and part.get("type") == "python"))


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _are_numbers(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, int | float) and not isinstance(item, bool) for item in value
    )


_KINDS: dict[str, tuple[tuple[str, ...], tuple[str, ...], Callable[[dict[str, Any], str], Faults]]] = {
    "string_check": (("input", "reference", "operation"), (), _check_strings),
    "text_similarity": (("input", "reference", "evaluation_metric"), ("pass_threshold",), _check_strings),
    "score_model": (("input", "model"), ("range", "pass_threshold", "sampling_params"), _check_score),
    "label_model": (("input", "model", "labels", "passing_labels"), ("sampling_params",), _check_labels),
    "python": (("source",), ("image_tag",), _check_python),
    "multi": (("graders", "calculate_output"), (), _check_multi),
}
"""Of each type the fields that it needs, those that it may have, and what else is checked."""
