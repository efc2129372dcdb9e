"""Codes of how long rows are for a model, what its limit takes from them, and what training on them costs."""

from shared.datasets.codes.kinds import Code, Fix, Scope, Severity

_E, _W, _I = Severity
_EXAMPLE, _DATASET = Scope.EXAMPLE, Scope.DATASET

CODES = (
    Code("example_over_token_limit", _W, _EXAMPLE, "A row is longer than the model takes; its end is cut off."),
    Code("example_answer_partly_truncated", _W, _EXAMPLE, "The cut takes a part of what the model should learn."),
    Code("example_answer_truncated", _E, _EXAMPLE, "The cut leaves nothing to learn."),
    Code("example_too_short", _I, _EXAMPLE, "A row has fewer than two tokens to learn; the engine learns little."),
    Code("example_not_renderable", _E, _EXAMPLE, "The chat template of the engine's model cannot show the row."),
    Code("length_outlier", _I, _EXAMPLE, "A row or an answer is far longer or shorter than the others.", Fix.MANUAL),
    Code("token_estimate_only", _I, _DATASET, "Tokens are estimated: the model, tools or images leave no exact count."),
    Code("cost_estimate", _I, _DATASET, "Tokens, epochs, billed tokens, and what training will cost."),
)
