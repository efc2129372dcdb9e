"""A page as an answer: headers under which a browser loads and runs nothing, keeps nothing and tells nobody."""

from fastapi.responses import Response

from shared.pages.document import Page


def answer_with(page: Page, *, status: int = 200) -> Response:
    headers = {
        "content-security-policy": f"{page.policy}; frame-ancestors 'none'",
        "x-content-type-options": "nosniff",
        # The address may be a link that opens without a key.
        "referrer-policy": "no-referrer",
        "cache-control": "private, no-store",
    }
    return Response(page.html, status, headers, media_type="text/html; charset=utf-8")
