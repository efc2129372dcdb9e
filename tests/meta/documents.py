"""Reading the documentation as data: tables, links, headings, examples. Judges nothing."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]

_CODE = re.compile(r"`([^`]+)`")
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


class Example(NamedTuple):
    page: Path
    language: str
    text: str


def pages() -> list[Path]:
    """Every page of documentation, the README and the changelog included."""
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def read(name: str) -> str:
    """A page by its path from the root."""
    return (ROOT / name).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next one of its level or above."""
    level = len(heading) - len(heading.lstrip("#"))
    _, _, rest = text.partition(f"\n{heading}\n")
    return re.split(rf"^#{{1,{level}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def table_rows(text: str) -> Iterator[list[str]]:
    """The cells of every row of every table, heads and rules left out."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if not (set(line) <= set("|- ") or (following and set(following) <= set("|- "))):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))]


def in_code(cell: str) -> str:
    """The first thing in backquotes, or nothing."""
    found = _CODE.search(cell)
    return found.group(1) if found else ""


def links(page: Path) -> list[str]:
    """Targets of the links to other pages and places, addresses on the web left out."""
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    return [target for target in _LINK.findall(text) if "://" not in target]


def anchors(page: Path) -> set[str]:
    """The anchors that headings get where the page is shown."""
    headings = _HEADING.findall(_FENCED.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def examples(language: str) -> list[Example]:
    """Fenced blocks of one language, on every page."""
    return [
        Example(page, language, text)
        for page in pages()
        for found, text in _FENCED.findall(page.read_text(encoding="utf-8"))
        if found == language
    ]
