"""One sentence for people about all that is wrong."""

from collections.abc import Sequence

from shared.datasets.finding import Finding

_PROBLEM_CHARS = 150


def summarise(first_errors: Sequence[Finding], *, limit: int, n_invalid: int, n_rows: int) -> str:
    """The first `limit` bad lines and the number of all, then what is wrong with the file; "" for nothing.

    Where no row is sound, what is wrong with the file explains it, and is told alone.
    """
    of_file = " ".join(finding.problem for finding in first_errors if finding.line is None)
    of_lines = [finding for finding in first_errors if finding.line is not None]
    if not of_lines or (of_file and n_invalid == n_rows):
        return of_file
    told = _tell_lines(of_lines, limit=limit, n_invalid=n_invalid, n_rows=n_rows)
    return f"{told} {of_file}" if of_file else told


def _tell_lines(errors: Sequence[Finding], *, limit: int, n_invalid: int, n_rows: int) -> str:
    shown = [_in_summary(finding) for finding in errors[:limit]]
    if not n_invalid:
        return f"The rows are sound one by one, and not together: {'; '.join(shown)}."
    n_more = n_invalid - len(shown)
    rest = f"; and {n_more:,} more" if n_more > 0 else ""
    lines = f"{n_invalid:,} invalid {'line' if n_invalid == 1 else 'lines'} of {n_rows:,}"
    pronoun = "it" if n_invalid == 1 else "them"
    return f"The file has {lines}: {'; '.join(shown)}{rest}. Fix {pronoun} and upload the file again."


def _in_summary(finding: Finding) -> str:
    message = finding.message.rstrip(".")
    if len(message) > _PROBLEM_CHARS:
        message = message[: _PROBLEM_CHARS - 1] + "…"
    return message[0].lower() + message[1:]
