"""What a moderation service said of the rows, where it was asked, and what it left without a judgement."""

from collections.abc import Mapping
from typing import Any

from shared.pages.html import Html, tag


def render_moderation(document: Mapping[str, Any]) -> Html | None:
    """Of the training file and of the validation file; None where nobody asked."""
    titles = {"Training file": document, "Validation file": document.get("validation") or {}}
    asked = {title: file["facts"]["moderation"] for title, file in titles.items() if _has_section(file)}
    if not asked:
        return None
    told = [part for title, section in asked.items() for part in (tag("h3", title), tag("p", *_sentences(section)))]
    return tag("section", tag("h2", "What moderation says"), *told)


def _has_section(file: Mapping[str, Any]) -> bool:
    return "moderation" in file.get("facts", {})


def _sentences(section: Mapping[str, Any]) -> list[str]:
    told = [
        f"Rows that a moderation service judged: {section['n_judged']:,}. ",
        f"Flagged: {section['n_flagged']:,}. ",
    ]
    if section["categories"]:
        named = ", ".join(f"{name} {count:,}" for name, count in section["categories"].items())
        told.append(f"Categories, of which a row may have several: {named}. ")
    if section["n_cut"]:
        told.append(f"Judged by their beginning alone, as they are long: {section['n_cut']:,}. ")
    told += [f"Not judged: {n_rows:,}. {reason} " for reason, n_rows in section["reasons"].items()]
    return told
