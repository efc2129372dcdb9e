"""A whole page, and the policy under which a browser loads and runs nothing. Refuses to know how it is sent."""

import base64
import hashlib
from typing import NamedTuple

from shared.pages.html import Html, join, tag


class Page(NamedTuple):
    html: str
    policy: str
    "Content security policy, which the page also carries itself."


def make_page(*, title: str, style: str, body: Html, refresh_seconds: int | None = None) -> Page:
    """A whole document. `style` is its one style sheet; with `refresh_seconds` the browser asks again."""
    policy = _policy(style)
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        # Headers are lost when somebody keeps the page as a file; this stays with it.
        tag("meta", http_equiv="content-security-policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", http_equiv="refresh", content=refresh_seconds) if refresh_seconds else None,
        tag("title", title),
        tag("style", Html(style)),
    )
    return Page(join([Html("<!doctype html>"), tag("html", head, tag("body", body), lang="en")]), policy)


def _policy(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
