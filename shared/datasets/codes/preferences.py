"""Codes of preference rows (DPO) and of rows with references (reinforcement)."""

from shared.datasets.codes.kinds import Code, Scope, Severity

_E, _W, _I = Severity
_FILE, _EXAMPLE, _DATASET, _PAIR = Scope.FILE, Scope.EXAMPLE, Scope.DATASET, Scope.PAIR

CODES = (
    Code("dpo_field_missing", _E, _EXAMPLE, "A preference row lacks input, preferred or non-preferred output."),
    Code("dpo_input_last_is_assistant", _E, _EXAMPLE, "The input of a preference row ends with the assistant."),
    Code(
        "dpo_output_not_single_assistant", _E, _EXAMPLE, "An output of a preference row is not one assistant message."
    ),
    Code("dpo_outputs_identical", _W, _EXAMPLE, "Both outputs are the same; an error in more than 10 % of the rows."),
    Code("dpo_multi_turn", _W, _EXAMPLE, "The input has answers of the assistant; only the last turn is trained."),
    Code("dpo_length_bias", _W, _DATASET, "Preferred outputs are nearly always the longer ones."),
    Code("dpo_pair_reversed", _E, _PAIR, "Another row with this input prefers what this row rejects."),
    Code("rft_last_message_not_user", _E, _EXAMPLE, "A reinforcement row does not end with the user."),
    Code("rft_validation_missing", _E, _FILE, "A reinforcement job has no validation file."),
    Code("rft_reference_missing", _E, _EXAMPLE, "A field that the grader reads is absent or null."),
    Code("rft_reference_empty", _W, _EXAMPLE, "A field that the grader reads is blank."),
    Code("rft_reference_constant", _W, _DATASET, "A field that the grader reads is the same in all rows."),
    Code("grader_invalid", _E, _DATASET, "A grader lacks a field, names one that is not there, or cannot be read."),
    Code("rft_guessable", _W, _DATASET, "A field that the grader reads has at most five values; guessing pays."),
)
