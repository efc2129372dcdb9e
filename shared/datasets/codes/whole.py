"""Codes of the rows together: duplicates, conflicts, labels, system prompts, leaks between files."""

from shared.datasets.codes.kinds import Code, Fix, Scope, Severity

_E, _W, _I = Severity
_DATASET, _PAIR = Scope.DATASET, Scope.PAIR

CODES = (
    Code("duplicate_exact", _W, _PAIR, "A row is the same as an earlier one, but for white space.", Fix.AUTO),
    Code("duplicate_near", _W, _PAIR, "A row is nearly the same as another one.", Fix.MANUAL),
    Code("prompt_repeated", _I, _PAIR, "The same question has the same answer in an earlier conversation."),
    Code("conflicting_answers", _W, _PAIR, "A prompt has another answer in an earlier row.", Fix.MANUAL),
    Code("task_type_inferred", _I, _DATASET, "What the answers look like: labels, JSON, tool calls or free text."),
    Code("label_distribution", _I, _DATASET, "How often each label occurs, and what always guessing would score."),
    Code("label_imbalance", _W, _DATASET, "One label has most rows, or ten times as many as another."),
    Code("label_rare", _W, _DATASET, "A label has fewer than five rows."),
    Code("label_position_bias", _W, _DATASET, "The right choices are not spread evenly over the letters."),
    Code("all_answers_identical", _E, _DATASET, "Every row has the same answer."),
    Code("all_prompts_identical", _E, _DATASET, "Every row has the same prompt."),
    Code("demographic_skew", _I, _DATASET, "Labels differ by whom prompts speak of; only for groups that are named."),
    Code("domain_shift", _I, _DATASET, "Texts are unlike what base models have read: tokens per word, rare scripts."),
    Code("low_answer_diversity", _W, _DATASET, "One answer makes up more than a tenth of the rows."),
    Code("mixed_answer_format", _W, _DATASET, "Some answers are JSON and some not, or their keys differ."),
    Code("system_prompt_missing_some", _W, _DATASET, "Some rows have a system prompt and some have none.", Fix.MANUAL),
    Code("system_prompt_missing_all", _I, _DATASET, "No row has a system prompt."),
    Code("system_prompt_variants", _I, _DATASET, "The rows have several system prompts."),
    Code("train_validation_leak", _E, _PAIR, "A prompt of the validation file is in the training file.", Fix.MANUAL),
    Code("train_validation_near_leak", _W, _PAIR, "A validation row is nearly the same as a training row.", Fix.MANUAL),
    Code("train_eval_leak", _E, _PAIR, "A prompt is in a file that models are measured with.", Fix.MANUAL),
    Code("shared_context_leak", _W, _DATASET, "Validation rows ask about contexts that were trained on.", Fix.MANUAL),
    Code("label_mismatch_splits", _W, _DATASET, "Labels are spread differently in training and validation."),
)
