"""What was found, worst first: each code with what it means, where it is, and who can mend it."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.pages.html import Html, tag

_SAMPLES = 10
_GROUPS = (
    (
        "blocking",
        "Blocking",
        "bad",
        "A job does not start until these are mended, or the project's policy allows them.",
    ),
    ("warnings", "Warnings", "fair", "A job starts. Its result may be worse than it could be."),
    ("infos", "For your information", "info", "Nothing to mend; worth knowing."),
)
_FIXES = {"auto": "fixable automatically", "manual": "needs a decision"}
_TOLD_ELSEWHERE = frozenset({"cost_estimate"})


def render_findings(report: Mapping[str, Any], *, title: str) -> Html:
    """Of a file's report with its verdict; empty when nothing was found."""
    entries = {entry["code"]: entry for entry in report["codes"]}
    groups = [_group(entries, report["verdict"][kind], *words) for kind, *words in _GROUPS]
    ignored = [code for code in report["verdict"]["ignored"] if code in entries]
    if not any(groups) and not ignored:
        return tag("section", tag("h2", title), tag("p", "Nothing was found.", class_="muted"))
    told = f"Ignored by the project's policy: {', '.join(ignored)}." if ignored else ""
    return tag("section", tag("h2", title), *groups, tag("p", told, class_="muted small") if told else None)


def _group(
    entries: Mapping[str, Mapping[str, Any]], codes: Sequence[str], title: str, kind: str, meaning: str
) -> Html | None:
    shown = [entries[code] for code in codes if code in entries and code not in _TOLD_ELSEWHERE]
    if not shown:
        return None
    # The worst are open: a page may be printed, or read by somebody who does not know that it unfolds.
    findings = [_finding(entry, kind, is_open=kind == "bad" and place < 3) for place, entry in enumerate(shown)]  # noqa: PLR2004
    return tag(
        "div",
        tag("h3", title, " ", tag("span", len(shown), class_=f"badge {kind}")),
        tag("p", meaning, class_="muted"),
        *findings,
    )


def _finding(entry: Mapping[str, Any], kind: str, *, is_open: bool) -> Html:
    fix = _FIXES.get(entry["fix"])
    summary = tag(
        "summary",
        tag("span", class_=f"dot {kind}", aria_hidden="true"),
        tag("span", _headline(entry), class_="what"),
        tag("code", entry["code"]),
        tag("span", f"{entry['count']:,} times" if entry["count"] > 1 else "once", class_="figure"),
    )
    return tag(
        "details",
        summary,
        tag("p", fix, class_="fix") if fix else None,
        _samples(entry),
        open="" if is_open else None,
        class_="finding",
    )


def _headline(entry: Mapping[str, Any]) -> str:
    """What the code means; of a single finding about the whole file, the finding itself."""
    first = entry["samples"][0] if entry["samples"] else {"line": None, "message": entry["description"]}
    headline: str = first["message"] if entry["count"] == 1 and first["line"] is None else entry["description"]
    return headline


def _samples(entry: Mapping[str, Any]) -> Html:
    shown = entry["samples"][:_SAMPLES]
    rows = [
        tag(
            "tr",
            tag("td", f"{sample['line']:,}" if sample["line"] else "file", class_="figure"),
            tag("td", _without_place(sample), tag("small", sample["path"]) if sample["path"] else None),
        )
        for sample in shown
    ]
    more = entry["count"] - len(shown)
    told = tag("p", f"and {more:,} more; the JSON report and its findings have them.", class_="muted small")
    head = tag("thead", tag("tr", tag("th", "Line", scope="col"), tag("th", "What, and what helps", scope="col")))
    return tag("div", tag("table", head, tag("tbody", *rows)), told if more > 0 else None, class_="scroll")


def _without_place(sample: Mapping[str, Any]) -> str:
    """The sentence without `Line 4, `: the line stands in its own column."""
    message: str = sample["message"]
    place = f"Line {sample['line']}"
    if sample["line"] is None or not message.startswith(place):
        return message
    rest = message.removeprefix(place).lstrip(",: ")
    return rest[:1].upper() + rest[1:]
