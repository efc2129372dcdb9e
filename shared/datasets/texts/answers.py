"""How answers begin and end."""

from shared.datasets.collector import Collector
from shared.datasets.row import Row
from shared.datasets.texts.kinds import TextCheck
from shared.strict_json import JsonRejectedError, loads

_MIN_CHARS = 40
_OPEN_ENDS = ",;:-\u2013\u2014([{/\\&+="
_MAX_JSON_DEPTH = 64


def _check(row: Row, found: Collector) -> None:
    for number, answer in row.learned():
        if not answer:
            continue
        message_index, path = row.place(number)
        if answer[0].isspace() or answer[-1].isspace():
            problem = "The answer begins or ends with white space, which the model will learn; strip it."
            found.hold("answer_edge_whitespace", problem, message_index=message_index, path=path)
        if len(answer) > _MIN_CHARS and _seems_cut(answer.rstrip()):
            problem = "The answer seems to be cut off; complete it or remove the row."
            found.hold("answer_maybe_truncated", problem, message_index=message_index, path=path)


def _seems_cut(answer: str) -> bool:
    last = answer[-1:]
    if last.isalnum() or last in _OPEN_ENDS:
        return True
    if answer.startswith(("{", "[")):
        return _is_json_cut(answer)
    return "```" in answer and answer.count("```") % 2 == 1


def _is_json_cut(answer: str) -> bool:
    try:
        loads(answer.encode(), max_depth=_MAX_JSON_DEPTH, allow_nul=True)
    except JsonRejectedError as error:
        return error.hint == "truncated"
    return False


CHECK = TextCheck(_check)
