"""The whole page. It shows a report document and knows neither database nor upstream."""

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

from fastapi.responses import Response

from api.pages.response import answer_with
from api.pages.way_out.answers import render_comparisons
from api.pages.way_out.head import render_banner, render_head, render_tiles
from api.pages.way_out.models import render_models
from api.pages.way_out.safe import render_problems, render_recordings, render_retrainings
from api.pages.way_out.timeline import render_timeline
from shared.pages.document import make_page
from shared.pages.html import tag

Document = Mapping[str, Any]


def show_import_report(document: Document) -> Response:
    """The report as shared/imports/report.py makes it."""
    body = tag(
        "main",
        render_head(document),
        render_banner(document),
        render_timeline(document),
        render_tiles(document),
        render_models(document),
        render_comparisons(document),
        render_recordings(document),
        render_retrainings(document),
        render_problems(document),
        tag("footer", f"{document['import']} · made by Tunery", class_="muted small"),
    )
    name = document["connection"]["name"] or document["connection"]["id"]
    return answer_with(make_page(title=f"{name} · the way out", style=_style(), body=body))


@lru_cache
def _style() -> str:
    return resources.files(__package__).joinpath("style.css").read_text(encoding="utf-8")
