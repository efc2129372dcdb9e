"""Codes of one chat row: its keys, its messages, their order."""

from shared.datasets.codes.kinds import Code, Fix, Scope, Severity

_E, _W, _I = Severity
_EXAMPLE = Scope.EXAMPLE

CODES = (
    Code("messages_missing", _E, _EXAMPLE, "The row has no `messages`.", Fix.MANUAL),
    Code("messages_not_list", _E, _EXAMPLE, "`messages` is not an array."),
    Code("messages_empty", _E, _EXAMPLE, "`messages` is empty."),
    Code("messages_too_many", _E, _EXAMPLE, "The row has more messages than a chat request may carry."),
    Code("unknown_top_level_key", _E, _EXAMPLE, "A key beside `messages` and the tool keys, even with null.", Fix.AUTO),
    Code("string_too_long", _E, _EXAMPLE, "One text is longer than 10 MB."),
    Code("message_not_object", _E, _EXAMPLE, "A message is not an object."),
    Code("role_missing", _E, _EXAMPLE, "A message has no role."),
    Code("role_unknown", _E, _EXAMPLE, "A role is none of system, developer, user, assistant, tool, function."),
    Code("message_unknown_key", _E, _EXAMPLE, "A message has a key that its role does not have.", Fix.AUTO),
    Code("name_invalid", _E, _EXAMPLE, "A name is not 1 to 64 letters, digits, underscores and hyphens."),
    Code("weight_invalid", _E, _EXAMPLE, "A weight is not 0 or 1, or not on an assistant message."),
    Code("content_missing", _E, _EXAMPLE, "A message has neither content nor anything in its place."),
    Code("content_wrong_type", _E, _EXAMPLE, "Content is neither text nor an array of parts."),
    Code("content_empty", _E, _EXAMPLE, "A text is blank; a warning unless the model would learn from it."),
    Code(
        "content_part_invalid", _E, _EXAMPLE, "A content part has no known type or not the field of its type.", Fix.AUTO
    ),
    Code("no_assistant_message", _E, _EXAMPLE, "No message is the assistant's, so there is nothing to learn."),
    Code("no_trainable_message", _E, _EXAMPLE, "Every assistant message has weight 0."),
    Code("last_message_not_assistant", _E, _EXAMPLE, "The conversation does not end with the assistant.", Fix.AUTO),
    Code("no_user_message", _W, _EXAMPLE, "No message is the user's."),
    Code("system_not_first", _W, _EXAMPLE, "A system message follows other messages."),
    Code("multiple_system_messages", _W, _EXAMPLE, "There is more than one system message.", Fix.AUTO),
    Code("consecutive_same_role", _W, _EXAMPLE, "User or assistant speak twice in a row.", Fix.AUTO),
)
