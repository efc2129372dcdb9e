"""Answers that are labels: how they are spread, and whether that teaches the task or only the spread."""

from collections import Counter
from math import erfc, exp, gamma, log, sqrt
from typing import Any

from shared.datasets.collector import Collector
from shared.quoting import quote

_LISTED = 50
_MAX_SHARE = 0.6
_MAX_RATIO = 10
_MIN_COUNT = 5
_MIN_CHOICES = 3
_MAX_P = 0.001
_MAX_DISTANCE = 0.15


def report_labels(labels: Counter[str], found: Collector, *, n_answers: int) -> None:
    """Report on labels and their counts, of a file with so many answers."""
    if not labels:
        return
    ranked = labels.most_common()
    top_share = ranked[0][1] / n_answers
    entropy = _entropy(labels, n_answers)
    found.add(
        "label_distribution",
        f"There are {len(labels):,} labels; always saying {quote(ranked[0][0], max_chars=40)} scores {top_share:.1%}.",
        detail={
            "labels": dict(ranked[:_LISTED]),
            "n_labels": len(labels),
            "majority_share": round(top_share, 4),
            "entropy_nats": round(entropy, 4),
            "effective_labels": round(exp(entropy), 2),
        },
    )
    _report_imbalance(ranked, top_share, found)
    _report_rare(ranked, found)
    _report_position_bias(labels, found)


def describe_labels(labels: Counter[str], *, n_answers: int) -> dict[str, Any]:
    """The commonest labels with their shares of all answers, and how hard guessing among them is."""
    ranked = labels.most_common()
    entropy = _entropy(labels, n_answers)
    return {
        "values": [
            {"label": label, "count": count, "share": round(count / n_answers, 4)} for label, count in ranked[:_LISTED]
        ],
        "n_labels": len(ranked),
        "entropy_nats": round(entropy, 4),
        "majority_share": round(ranked[0][1] / n_answers, 4),
        "effective_classes": round(exp(entropy), 2),
    }


def label_distance(one: Counter[str], other: Counter[str]) -> float:
    """The total variation distance between two spreads, from 0 to 1."""
    shares = [{label: count / labels.total() for label, count in labels.items()} for labels in (one, other)]
    return sum(abs(shares[0].get(label, 0) - shares[1].get(label, 0)) for label in one.keys() | other.keys()) / 2


def report_label_mismatch(training: Counter[str], validation: Counter[str], found: Collector) -> None:
    """Report labels that are spread differently in two files, or that only the second has."""
    if not training or not validation:
        return
    distance = label_distance(training, validation)
    unseen = sorted(validation.keys() - training.keys())
    if distance <= _MAX_DISTANCE and not unseen:
        return
    if unseen:
        names = ", ".join(quote(label, max_chars=20) for label in unseen[:5])
        problem = f"The validation file has labels that the training file lacks: {names}."
    else:
        problem = f"Labels are spread differently in the two files (total variation {distance:.2f}); split again."
    found.add("label_mismatch_splits", problem, detail={"distance": round(distance, 4), "n_unseen": len(unseen)})


def chi_square_p(statistic: float, degrees: int) -> float:
    """The chance of a chi-square value at least this large: the closed forms for whole degrees of freedom."""
    half = statistic / 2
    is_odd = degrees % 2
    total = erfc(sqrt(half)) if is_odd else 0.0
    power = 0.5 if is_odd else 0.0
    while power < degrees / 2:
        total += exp(-half) * half**power / gamma(power + 1)
        power += 1
    return total


def _entropy(labels: Counter[str], n_answers: int) -> float:
    """In nats."""
    return -sum(count / n_answers * log(count / n_answers) for count in labels.values())


def _report_imbalance(ranked: list[tuple[str, int]], top_share: float, found: Collector) -> None:
    ratio = ranked[0][1] / ranked[-1][1]
    if len(ranked) > 1 and (top_share > _MAX_SHARE or ratio > _MAX_RATIO):
        problem = (
            f"{quote(ranked[0][0], max_chars=40)} has {top_share:.0%} of the rows and "
            f"{quote(ranked[-1][0], max_chars=40)} only {ranked[-1][1]:,}; balance them."
        )
        found.add("label_imbalance", problem, detail={"ratio": round(ratio, 2)})


def _report_rare(ranked: list[tuple[str, int]], found: Collector) -> None:
    rare = [label for label, count in ranked if count < _MIN_COUNT]
    if rare:
        names = ", ".join(quote(label, max_chars=20) for label in rare[:5])
        problem = f"{len(rare):,} labels have fewer than {_MIN_COUNT} rows: {names}. Add rows or join labels."
        found.add("label_rare", problem, detail={"n_rare": len(rare)})


def _report_position_bias(labels: Counter[str], found: Collector) -> None:
    letters = sorted(labels)
    is_choice = len(letters) >= _MIN_CHOICES and letters == [chr(ord("A") + place) for place in range(len(letters))]
    if not is_choice:
        return
    expected = labels.total() / len(letters)
    statistic = sum((count - expected) ** 2 / expected for count in labels.values())
    p = chi_square_p(statistic, len(letters) - 1)
    if p < _MAX_P:
        problem = "The right choices are not spread evenly over the letters; shuffle the options."
        found.add("label_position_bias", problem, detail={"chi_square": round(statistic, 2), "p": p})
