"""Codes of tools and of calls to them."""

from shared.datasets.codes.kinds import Code, Fix, Scope, Severity

_E, _W, _I = Severity
_EXAMPLE, _DATASET = Scope.EXAMPLE, Scope.DATASET

CODES = (
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
    Code("tool_schema_invalid", _E, _EXAMPLE, "A function's parameters are no JSON schema (draft 2020-12)."),
    Code("tool_schema_null_padding", _W, _EXAMPLE, "A schema has properties that are null, as tables pad.", Fix.AUTO),
    Code("tool_call_unknown_function", _E, _EXAMPLE, "A call is to a function that the row does not offer."),
    Code("tool_arguments_schema_mismatch", _W, _EXAMPLE, "Arguments do not fit the function's schema."),
    Code("tool_arguments_unknown_property", _W, _EXAMPLE, "Arguments have a property that the schema does not name."),
    Code("tools_vary", _I, _DATASET, "Rows offer different lists of tools."),
    Code("tools_unused", _I, _DATASET, "Tools are offered that no row calls."),
)
