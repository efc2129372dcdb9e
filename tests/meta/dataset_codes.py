"""The table of docs/dataset-checks.md, made from the code. `python -m tests.meta.dataset_codes` writes it there."""

from shared.datasets.codes import CODES
from tests.meta.documents import ROOT

PAGE = "docs/dataset-checks.md"
_HEAD = "| Code | Severity | About | Fix | Meaning |\n|---|---|---|---|---|\n"


def render_table() -> str:
    """Every code with what the code says of it, in the order of the code."""
    return _HEAD + "".join(
        f"| `{code.name}` | {code.severity} | {code.scope} | {code.fix} | {code.description} |\n"
        for code in CODES.values()
    )


def main() -> None:
    page = ROOT / PAGE
    introduction = page.read_text(encoding="utf-8").partition("| Code |")[0]
    page.write_text(introduction + render_table(), encoding="utf-8")


if __name__ == "__main__":
    main()
