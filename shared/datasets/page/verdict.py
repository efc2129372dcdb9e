"""The head of the page: which file for which model, and whether a job would start."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from shared.pages.html import Html, tag


def render_head(document: Mapping[str, Any], filename: str) -> Html:
    """Name, model, method, target and day."""
    day = datetime.fromtimestamp(document["created_at"], UTC).strftime("%Y-%m-%d %H:%M UTC")
    asked = [
        f"for {document['model']}" if document.get("model") else "as uploaded",
        document.get("method"),
        f"by the rules of {document['target']}" if document.get("target") else None,
        f"checked {day}",
    ]
    return tag(
        "header",
        tag("p", "Tunery dataset report", class_="brand"),
        tag("h1", filename),
        tag("p", " · ".join(part for part in asked if part), class_="muted"),
    )


def render_verdict(document: Mapping[str, Any]) -> Html:
    """The banner: green, amber or red, and why."""
    verdict = document["verdict"]
    n_blocking, n_warnings = len(verdict["blocking"]), len(verdict["warnings"])
    if n_blocking:
        what = f"{n_blocking} kind{'s' * (n_blocking > 1)} of problem would keep a job from starting"
        return _banner("bad", "✕", "Not ready to train", what, document["summary"])
    if n_warnings:
        what = f"A job would start, with {n_warnings} warning{'s' * (n_warnings > 1)} worth a look first"
        return _banner("fair", "!", "Can be trained on", what, "")
    return _banner("good", "✓", "Ready to train", "Nothing was found that needs attention", "")


def _banner(kind: str, sign: str, title: str, what: str, more: str) -> Html:
    return tag(
        "section",
        tag("div", sign, class_="sign", aria_hidden="true"),
        tag("div", tag("h2", title), tag("p", f"{what}."), tag("p", more, class_="muted") if more else None),
        class_=f"verdict {kind}",
    )
