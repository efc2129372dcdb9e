"""Codes of what texts say and of the characters they are made of."""

from shared.datasets.codes.kinds import Code, Fix, Scope, Severity

_E, _W, _I = Severity
_EXAMPLE, _DATASET = Scope.EXAMPLE, Scope.DATASET

CODES = (
    Code("refusals", _I, _EXAMPLE, "An answer declines the request; a warning in more than 10 % of the rows."),
    Code("boilerplate", _W, _EXAMPLE, "Answers carry a chatbot's stock phrases, in more than 2 % of the rows."),
    Code("placeholder_text", _W, _EXAMPLE, "A text has a placeholder that was never filled in."),
    Code("answer_repetition", _W, _EXAMPLE, "An answer repeats itself: more than a fifth of it is said twice."),
    Code("answer_maybe_truncated", _W, _EXAMPLE, "An answer seems to be cut off, unlike nine of ten others."),
    Code("answer_edge_whitespace", _W, _EXAMPLE, "An answer begins or ends with white space.", Fix.AUTO),
    Code("mojibake", _W, _EXAMPLE, "A text was decoded with the wrong encoding.", Fix.AUTO),
    Code("replacement_character", _W, _EXAMPLE, "A text has U+FFFD where characters were lost."),
    Code("control_characters", _W, _EXAMPLE, "A text has control characters.", Fix.AUTO),
    Code("invisible_characters", _I, _EXAMPLE, "A text has invisible characters; a warning in arguments.", Fix.AUTO),
    Code("unnormalised_unicode", _I, _EXAMPLE, "A text is not in Unicode's composed form (NFC).", Fix.AUTO),
    Code("special_token_in_text", _W, _EXAMPLE, "A text has a chat template's control token spelled out."),
    Code("html_residue", _I, _EXAMPLE, "A text has HTML tags or entities outside code.", Fix.MANUAL),
    Code("pii_detected", _W, _EXAMPLE, "A text seems to have personal data.", Fix.AUTO),
    Code("moderation_flagged", _W, _EXAMPLE, "A moderation service flags the row; only where a check asks one."),
    Code("moderation_incomplete", _W, _DATASET, "A moderation service was asked and left rows without a judgement."),
    Code("secret_detected", _E, _EXAMPLE, "A text has what looks like a key or password of a service.", Fix.MANUAL),
    Code("language_mix", _I, _DATASET, "The rows are in more than one language."),
    Code("language_mismatch", _I, _EXAMPLE, "User and assistant write different languages."),
)
