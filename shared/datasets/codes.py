"""Every code that a check can report: how bad it is, what it is about, and what it means.

Refuses to know how a fault is found. One table, so that documentation and severities by provider have one source.
"""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error keeps a job from starting; a warning becomes an event; an info is only in the report."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Scope(StrEnum):
    FILE = "file"
    EXAMPLE = "example"


class Fix(StrEnum):
    """Who can mend it: nobody without knowing the data, a safe automatic change, or a person with a choice."""

    NONE = "none"
    AUTO = "auto"
    MANUAL = "manual"


@dataclass(frozen=True)
class Code:
    name: str
    severity: Severity
    scope: Scope
    description: str
    fix: Fix = Fix.NONE


_E, _W, _I = Severity
_FILE, _EXAMPLE = Scope

_FILE_CODES = (
    Code("file_empty", _E, _FILE, "The file holds no line that is not blank."),
    Code(
        "file_format_unsupported",
        _E,
        _FILE,
        "The file is an archive, a table or a document, not JSON Lines.",
        Fix.MANUAL,
    ),
    Code("json_array_file", _E, _FILE, "The whole file is one JSON array.", Fix.AUTO),
    Code("json_pretty_printed", _E, _FILE, "Objects are spread over several lines.", Fix.AUTO),
    Code("encoding_bom", _I, _FILE, "The file begins with a byte order mark, which is skipped.", Fix.AUTO),
    Code("line_endings_crlf", _I, _FILE, "Lines end with CR LF; the CR is skipped.", Fix.AUTO),
)

_LINE_CODES = (
    Code(
        "encoding_not_utf8", _E, _EXAMPLE, "Bytes are not UTF-8; for a whole file: it is UTF-16 or UTF-32.", Fix.MANUAL
    ),
    Code("blank_line", _W, _EXAMPLE, "A line before the last is blank; it is skipped.", Fix.AUTO),
    Code("line_too_long", _E, _EXAMPLE, "A line is longer than the service reads."),
    Code("json_invalid", _E, _EXAMPLE, "The line is not JSON.", Fix.MANUAL),
    Code(
        "json_duplicate_key", _E, _EXAMPLE, "An object has a key twice; readers differ in which one counts.", Fix.MANUAL
    ),
    Code("json_number_out_of_range", _E, _EXAMPLE, "A number fits neither 64 bits nor a finite float."),
    Code("nesting_too_deep", _E, _EXAMPLE, "Arrays and objects nest deeper than 64 levels."),
    Code("lone_surrogate", _E, _EXAMPLE, "A string escapes half of a surrogate pair, which is no character."),
    Code("line_not_object", _E, _EXAMPLE, "The line is JSON, and not an object."),
)

_ROW_CODES = (
    Code("messages_missing", _E, _EXAMPLE, "The row has no `messages`.", Fix.MANUAL),
    Code("messages_not_list", _E, _EXAMPLE, "`messages` is not an array."),
    Code("messages_empty", _E, _EXAMPLE, "`messages` is empty."),
    Code("messages_too_many", _E, _EXAMPLE, "The row has more messages than a chat request may carry."),
    Code("unknown_top_level_key", _E, _EXAMPLE, "A key beside `messages` and the tool keys, even with null.", Fix.AUTO),
    Code("string_too_long", _E, _EXAMPLE, "One text is longer than 10 MB."),
)

_MESSAGE_CODES = (
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
)

_CONVERSATION_CODES = (
    Code("no_assistant_message", _E, _EXAMPLE, "No message is the assistant's, so there is nothing to learn."),
    Code("no_trainable_message", _E, _EXAMPLE, "Every assistant message has weight 0."),
    Code("last_message_not_assistant", _E, _EXAMPLE, "The conversation does not end with the assistant.", Fix.AUTO),
    Code("no_user_message", _W, _EXAMPLE, "No message is the user's."),
    Code("system_not_first", _W, _EXAMPLE, "A system message follows other messages."),
    Code("multiple_system_messages", _W, _EXAMPLE, "There is more than one system message.", Fix.AUTO),
    Code("consecutive_same_role", _W, _EXAMPLE, "User or assistant speak twice in a row.", Fix.AUTO),
)

_TOOL_CODES = (
    Code("tools_not_list", _E, _EXAMPLE, "`tools` is not an array."),
    Code("tool_type_invalid", _E, _EXAMPLE, "A tool's type is not `function`."),
    Code("tool_function_missing", _E, _EXAMPLE, "A tool has no `function` object."),
    Code("tool_name_invalid", _E, _EXAMPLE, "A function name is not 1 to 64 letters, digits, underscores and hyphens."),
    Code("tool_name_duplicate", _E, _EXAMPLE, "Two tools of one row have the same name."),
    Code("tool_call_malformed", _E, _EXAMPLE, "A tool call lacks id, type, function name or arguments."),
    Code("tool_call_id_duplicate", _W, _EXAMPLE, "Two calls of one row have the same id."),
    Code("tool_call_id_missing", _E, _EXAMPLE, "A tool message does not say which call it answers."),
    Code(
        "tool_arguments_not_string", _E, _EXAMPLE, "Arguments are an object where JSON in a string is wanted.", Fix.AUTO
    ),
    Code("tool_arguments_invalid_json", _E, _EXAMPLE, "Arguments are not JSON."),
    Code("tool_arguments_double_encoded", _E, _EXAMPLE, "Arguments are JSON inside a JSON string.", Fix.AUTO),
    Code("tool_arguments_not_object", _E, _EXAMPLE, "Arguments are JSON, and not an object."),
    Code("tool_response_missing", _E, _EXAMPLE, "A call has no answer before the conversation goes on."),
    Code("tool_response_orphan", _E, _EXAMPLE, "A tool message answers no open call."),
    Code("function_call_deprecated", _W, _EXAMPLE, "`functions` and `function_call` gave way to tools.", Fix.AUTO),
)

CODES: dict[str, Code] = {
    code.name: code
    for family in (_FILE_CODES, _LINE_CODES, _ROW_CODES, _MESSAGE_CODES, _CONVERSATION_CODES, _TOOL_CODES)
    for code in family
}
