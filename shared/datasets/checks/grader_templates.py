"""Templates in graders: what `{{ item.answer }}` and `{{ sample.output_text }}` may name. Fills none of them in."""

import re
from collections.abc import Iterator

from shared.quoting import quote

SAMPLE_FIELDS = frozenset({"output_text", "output_json", "output_tools", "choices"})
_NAMESPACES = ("item", "sample")
_TEMPLATE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_PATH = re.compile(r"\s*([A-Za-z_]\w*)((?:\.\w[\w-]*|\[\d+\])*)\s*")
_FIRST_STEP = re.compile(r"\.(\w[\w-]*)")


def find_template_faults(text: str) -> Iterator[str]:
    """What is wrong with the templates of `text`, a sentence for each."""
    for template in _TEMPLATE.findall(text):
        shown = quote(f"{{{{{template}}}}}", max_chars=60)
        path = _PATH.fullmatch(template)
        if path is None:
            yield f"{shown} is no path such as {{{{ item.answer }}}} or {{{{ sample.output_json.items[0] }}}}"
        elif path.group(1) not in _NAMESPACES:
            yield f"{shown} names {quote(path.group(1), max_chars=30)}; only item and sample can be named"
        elif (first := _FIRST_STEP.match(path.group(2))) is None:
            yield f"{shown} names all of {path.group(1)}; name one of its fields"
        elif path.group(1) == "sample" and first.group(1) not in SAMPLE_FIELDS:
            yield f"{shown} names a field that samples do not have; they have {', '.join(sorted(SAMPLE_FIELDS))}"
    rest = _TEMPLATE.sub("", text)
    if "{{" in rest or "}}" in rest:
        yield "a template is opened and not closed, or closed and not opened"


def find_item_fields(text: str) -> Iterator[str]:
    """The fields of rows that the templates of `text` read."""
    for template in _TEMPLATE.findall(text):
        path = _PATH.fullmatch(template)
        first = _FIRST_STEP.match(path.group(2)) if path is not None else None
        if path is not None and first is not None and path.group(1) == "item":
            yield first.group(1)
