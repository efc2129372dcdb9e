"""Every code that a check can report: how bad it is, what it is about, and what it means.

Refuses to know how a fault is found. One table, so that documentation and severities by target have one source.
"""

from shared.datasets.codes import files, images, preferences, rows, texts, tokens, tools, whole
from shared.datasets.codes.kinds import Code, Fix, Scope, Severity

__all__ = ["CODES", "Code", "Fix", "Scope", "Severity"]

CODES: dict[str, Code] = {
    code.name: code
    for family in (files, rows, tools, images, preferences, texts, whole, tokens)
    for code in family.CODES
}
