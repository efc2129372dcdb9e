"""A page as an answer: headers under which a browser loads and runs nothing, keeps nothing and tells nobody."""

import base64
import hashlib

from fastapi.responses import Response

from api.pages.html import Html, join, tag


def make_page(*, title: str, style: str, body: Html, refresh_seconds: int | None = None, status: int = 200) -> Response:
    """A whole document. `style` is its one style sheet; with `refresh_seconds` the browser asks again."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        # The headers are lost when somebody keeps the page as a file; this stays with it.
        tag("meta", http_equiv="content-security-policy", content=_policy(style)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", http_equiv="refresh", content=refresh_seconds) if refresh_seconds else None,
        tag("title", title),
        tag("style", Html(style)),
    )
    document = join([Html("<!doctype html>"), tag("html", head, tag("body", body), lang="en")])
    return Response(document, status, _headers(style), media_type="text/html; charset=utf-8")


def _policy(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _headers(style: str) -> dict[str, str]:
    return {
        "content-security-policy": f"{_policy(style)}; frame-ancestors 'none'",
        "x-content-type-options": "nosniff",
        # The address may be a link that opens without a key.
        "referrer-policy": "no-referrer",
        "cache-control": "private, no-store",
    }
