"""The whole page. It shows a report document and rendered rows, and knows neither database nor files."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources
from typing import Any

from shared.datasets.page.costs import render_costs
from shared.datasets.page.findings import render_findings
from shared.datasets.page.groups import render_groups
from shared.datasets.page.moderation import render_moderation
from shared.datasets.page.rows import render_rows
from shared.datasets.page.shape import render_shape
from shared.datasets.page.verdict import render_head, render_verdict
from shared.datasets.tokens.showing import ShownRow
from shared.pages.document import Page, make_page
from shared.pages.html import join, tag

_REFRESH_SECONDS = 2


def show_report(document: Mapping[str, Any], rows: Sequence[ShownRow | str], *, filename: str) -> Page:
    """The report of a check that has succeeded, as `render_report` or the command line makes it."""
    validation = document.get("validation")
    body = tag(
        "main",
        render_head(document, filename),
        render_verdict(document),
        render_costs(document),
        render_findings(_of_training(document), title="What was found"),
        render_findings(validation, title="In the validation file") if validation else None,
        render_moderation(document),
        render_shape(document.get("facts", {})),
        render_groups(document),
        render_rows(rows),
        tag("footer", f"{document.get('file_id') or filename} · made by Tunery", class_="muted small"),
    )
    return make_page(title=f"{filename} · dataset report", style=_style(), body=body)


def show_waiting(filename: str, share_done: float) -> Page:
    """The check is under way; the page looks again by itself."""
    body = tag(
        "main",
        tag("header", tag("p", "Tunery dataset report", class_="brand"), tag("h1", filename)),
        tag(
            "section",
            tag("div", "…", class_="sign", aria_hidden="true"),
            tag("div", tag("h2", "Being checked"), tag("p", f"{share_done:.0%} of the file has been read.")),
            class_="verdict info",
        ),
    )
    return make_page(
        title=f"{filename} · being checked",
        style=_style(),
        body=join([body]),
        refresh_seconds=_REFRESH_SECONDS,
    )


def _of_training(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The verdict of the document is that of both files; codes that only the other file has are not shown here."""
    return {"codes": document["codes"], "verdict": document["verdict"]}


@lru_cache
def _style() -> str:
    return resources.files(__package__).joinpath("style.css").read_text(encoding="utf-8")
