"""A report document as people read it in a terminal: findings by severity, tokens as bars, what a training takes.

Refuses to know where the document comes from; texts of the file are shown as the report has them, escaped and cut.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

_COLOURS = {"error": "red", "warning": "yellow", "info": "blue", "ignored": "dim"}
_KINDS = {"blocking": "error", "warnings": "warning", "infos": "info", "ignored": "ignored"}
_TOLD_BELOW = frozenset({"cost_estimate"})
_LINES_SHOWN = 4
_BAR_CHARS = 40
_SHADES = "█"


def print_document(document: Mapping[str, Any], console: Console) -> None:
    """Everything that is worth a look, the worst first."""
    name = document.get("file") or document.get("file_id", "")
    console.print(_headline(name, document), soft_wrap=True)
    _print_findings(document, console)
    if "validation" in document:
        validation = document["validation"]
        console.print(_headline(validation.get("file") or validation.get("file_id", ""), validation), soft_wrap=True)
        _print_findings(validation, console)
    tokens = document.get("facts", {}).get("tokens")
    if tokens:
        console.print(Text("\n".join(["", *_token_lines(tokens)])), soft_wrap=True)
    _print_moderation(document, console)
    estimate = document.get("estimate")
    if estimate:
        console.print(Text(f"\n{estimate['explanation']}"), soft_wrap=True)
    console.print(_verdict_line(document), soft_wrap=True)


def codes_of(document: Mapping[str, Any], kind: str) -> list[str]:
    """Codes that are `blocking`, `warnings`, `infos` or `ignored` in any of the files."""
    sections = [document, *([document["validation"]] if "validation" in document else [])]
    return list(dict.fromkeys(code for section in sections for code in section.get("verdict", {}).get(kind, [])))


def _headline(name: str, report: Mapping[str, Any]) -> Text:
    n_rows = report["n_examples"] + report["n_invalid_lines"]
    formats = ", ".join(f"{count:,} {kind}" for kind, count in report["formats"].items()) or "no rows"
    return Text.assemble((name, "bold"), f": {n_rows:,} rows, {report['n_invalid_lines']:,} invalid; {formats}")


def _print_findings(report: Mapping[str, Any], console: Console) -> None:
    entries = {entry["code"]: entry for entry in report["codes"]}
    table = Table("severity", "code", "count", "lines", "what", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for kind, severity in _KINDS.items():
        for code in report.get("verdict", {}).get(kind, []):
            if code in entries and code not in _TOLD_BELOW:
                table.add_row(Text(severity, _COLOURS[severity]), *_cells(entries[code]))
    if table.row_count:
        console.print(table)


def _cells(entry: Mapping[str, Any]) -> tuple[Text, ...]:
    samples: Sequence[Mapping[str, Any]] = entry["samples"]
    lines = list(dict.fromkeys(sample["line"] for sample in samples if sample["line"] is not None))
    shown = ", ".join(f"{line:,}" for line in lines[:_LINES_SHOWN])
    more = ", …" if len(lines) > _LINES_SHOWN or entry["count"] > len(samples) > 0 else ""
    what = samples[0]["message"] if samples else entry["description"]
    return Text(entry["code"]), Text(f"{entry['count']:,}"), Text(shown + (more if shown else "")), Text(what)


def _print_moderation(document: Mapping[str, Any], console: Console) -> None:
    for file in (document, document.get("validation", {})):
        judged = file.get("facts", {}).get("moderation")
        if judged:
            named = ", ".join(f"{name} {count:,}" for name, count in judged["categories"].items())
            flagged = f"{judged['n_flagged']:,} flagged" + (f" ({named})" if named else "")
            told = f"\nModeration: {judged['n_judged']:,} rows judged, {judged['n_not_judged']:,} not; {flagged}"
            console.print(Text(told), soft_wrap=True)


def _token_lines(tokens: Mapping[str, Any]) -> Iterator[str]:
    rows, cut = tokens["per_row"], tokens["truncated"]
    exact = "" if tokens["is_exact"] else " (estimate)"
    yield f"Tokens ({tokens['tokenizer']}){exact}: {tokens['total']:,}, {tokens['trained']:,} of them trained"
    shown = ", ".join(f"{name} {rows[name]:,.0f}" for name in ("min", "median", "mean", "p95", "max"))
    yield f"per row: {shown}; limit {tokens['limit_tokens'] or 'unknown'}, {cut['n_rows']:,} rows longer"
    most = max((bin_["count"] for bin_ in tokens["histogram"]), default=0)
    width = max((len(f"{bin_['to']:,}") for bin_ in tokens["histogram"]), default=0)
    for bin_ in tokens["histogram"]:
        bar = _SHADES * round(_BAR_CHARS * bin_["count"] / most) or ("▏" if bin_["count"] else "")
        yield f"{bin_['from']:>{width},} to {bin_['to']:>{width},}  {bar} {bin_['count']:,}"


def _verdict_line(document: Mapping[str, Any]) -> Text:
    blocking, warnings = codes_of(document, "blocking"), codes_of(document, "warnings")
    if blocking:
        return Text(f"\nA job would be refused: {', '.join(blocking)}.", "bold red")
    if warnings:
        return Text(f"\nA job would start, with warnings: {', '.join(warnings)}.", "bold yellow")
    return Text("\nA job would start, and nothing is wrong.", "bold green")
