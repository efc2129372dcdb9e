"""What a tally is worth telling: rows cut, rows out of the ordinary, counts that are estimates."""

from math import ceil, floor

from shared.datasets.collector import Collector
from shared.datasets.distribution import Distribution
from shared.datasets.first_rows import FirstRows
from shared.datasets.tokens.extremes import Extremes, find_bounds
from shared.datasets.tokens.tally import LostTokens, Tally
from shared.datasets.tokens.target import TokenTarget

_REASONS = {
    "model": "the model is unknown or not here yet",
    "tools": "how tools are written for the model is not published",
    "images": "an image's size or its rule is not known",
    "parts": "audio and files cannot be counted",
}


def report_tokens(tally: Tally, target: TokenTarget, found: Collector) -> None:
    """Report all of it on the whole file."""
    _report_cuts(tally, target, found)
    tally.too_short.report(
        found,
        "example_too_short",
        lambda trained: f"The model would learn {trained} token(s) from this row; give it a longer answer.",
        lambda trained: {"trained": trained},
    )
    tally.refused.report(found, "example_not_renderable", str, lambda _reason: {"model": target.model})
    _report_outliers("row", tally.rows, tally.row_extremes, found)
    _report_outliers("answer", tally.answers, tally.answer_extremes, found)
    if reasons := tally.estimate_reasons():
        told = "; ".join(f"{_REASONS[name]} ({count:,} rows)" for name, count in reasons.items())
        found.add("token_estimate_only", f"Tokens are an estimate: {told}.", detail={"n_rows_by_reason": reasons})


def _report_cuts(tally: Tally, target: TokenTarget, found: Collector) -> None:
    limit = target.limit_tokens or 0
    problems = {
        "example_over_token_limit": lambda lost: (
            f"The row has {lost.tokens:,} tokens and {target.model} takes {limit:,}; the last "
            f"{lost.tokens - limit:,} are cut off. Shorten or split it."
        ),
        "example_answer_partly_truncated": lambda lost: (
            f"The cut at {limit:,} tokens takes {lost.trained - lost.trained_kept:,} of the {lost.trained:,} tokens "
            "to be learned; the model would learn to stop in the middle."
        ),
        "example_answer_truncated": lambda lost: (
            f"The row has {lost.tokens:,} tokens, and the cut at {limit:,} leaves no answer to learn. "
            "Shorten its prompt or remove the row."
        ),
    }
    for code, problem in problems.items():
        rows: FirstRows[LostTokens] = tally.truncated.get(code, FirstRows())
        rows.report(
            found,
            code,
            problem,
            lambda lost: {"tokens": lost.tokens, "trained": lost.trained, "trained_kept": lost.trained_kept},
        )


def _report_outliers(what: str, values: Distribution, extremes: Extremes, found: Collector) -> None:
    bounds = find_bounds(values)
    if bounds is None:
        return
    outliers = sorted(extremes.outliers(bounds), key=lambda sized: sized.line)
    n_outliers = values.count_outside(*bounds)
    usual = f"{ceil(bounds.low):,} to {floor(bounds.high):,}"
    for number, sized in enumerate(outliers):
        times = max(1, n_outliers - number) if number == len(outliers) - 1 else 1
        found.add_at(
            sized.line,
            "length_outlier",
            f"The {what} has {sized.tokens:,} tokens, where {usual} are usual; is it what it should be?",
            times=times,
            detail={"what": what, "tokens": sized.tokens},
        )
