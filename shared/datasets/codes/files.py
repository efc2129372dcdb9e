"""Codes of the file as a whole, and of lines that hold no object."""

from shared.datasets.codes.kinds import Code, Fix, Scope, Severity

_E, _W, _I = Severity
_FILE, _EXAMPLE = Scope.FILE, Scope.EXAMPLE

CODES = (
    Code("file_empty", _E, _FILE, "The file holds no line that is not blank."),
    Code("file_too_large", _E, _FILE, "The file is larger than the target takes.", Fix.MANUAL),
    Code("file_extension_unsupported", _E, _FILE, "Neither the content nor the suffix of the name is known."),
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
    Code("format_unrecognised", _E, _FILE, "No row has the keys of a known training format.", Fix.MANUAL),
    Code("format_mixed", _E, _FILE, "Rows of more than one training format are in the file.", Fix.MANUAL),
    Code("method_format_mismatch", _E, _FILE, "The rows are not in the format of the training method.", Fix.MANUAL),
    Code("too_few_examples", _E, _FILE, "There are fewer sound rows than the target takes."),
    Code("few_examples", _W, _FILE, "There are fewer than 50 sound rows; results will vary."),
    Code("too_many_examples", _E, _FILE, "There are more rows than the target takes.", Fix.MANUAL),
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
