"""OpenAssistant's trees of replies: the best path from each root, as annotators ranked it."""

from collections.abc import Iterable, Iterator
from typing import Any

from shared.datasets.conversion.dialects.base import Dialect, Fields, no_mapping
from shared.datasets.conversion.dialects.held import Held
from shared.datasets.conversion.dialects.turns import ROLE_MAP
from shared.datasets.conversion.errors import RecordError
from shared.datasets.conversion.limits import Limits
from shared.datasets.conversion.mapping import FieldMapping
from shared.datasets.conversion.messages import Message, Row, make_chat
from shared.datasets.conversion.options import Options
from shared.datasets.conversion.record import Converted, Problem, Record
from shared.datasets.conversion.values import require_text

_UNRANKED = 1_000_000
_DEEPEST_REPLY = 1000
"Replies below are left out: a tree that refers to itself would have no end."


class TreeGatherer:
    """Single messages that name their parents. A tree is known to be complete only when there are no more records."""

    def __init__(self, _mapping: FieldMapping, options: Options, limits: Limits) -> None:
        self._options = options
        self._held = Held(limits)
        self._roots: list[Record] = []
        self._replies: dict[str, list[Record]] = {}

    def add(self, record: Record) -> Iterable[Converted | Problem]:
        """Nothing yet. Raises RecordError for a message without an id."""
        if not isinstance(record.value.get("message_id"), str):
            raise RecordError("the message has no message_id")
        self._held.add(record)
        parent = record.value.get("parent_id")
        if not parent:
            self._roots.append(record)
        else:
            self._replies.setdefault(str(parent), []).append(record)
        return []

    def finish(self) -> Iterator[Converted | Problem]:
        """A row for each root that was answered."""
        for root in self._roots:
            try:
                yield Converted(root.number, self._make_row(root))
            except RecordError as error:
                yield Problem(root.number, str(error))
        known = {record.value["message_id"] for record in self._everything()}
        for parent, replies in self._replies.items():
            if parent not in known:
                yield from (Problem(reply.number, "the message replies to one that is not there") for reply in replies)

    def _make_row(self, root: Record) -> Row:
        path = [root.value]
        while len(path) < _DEEPEST_REPLY:
            replies = [reply.value for reply in self._replies.get(path[-1]["message_id"], ())]
            best = _best(replies)
            if best is None:
                break
            path.append(best)
        return _make_row(path, self._options)

    def _everything(self) -> Iterator[Record]:
        yield from self._roots
        for replies in self._replies.values():
            yield from replies


def _best(replies: list[Fields]) -> Fields | None:
    """The reply of the lowest rank, the first of equals; deleted ones do not count."""
    alive = [reply for reply in replies if reply.get("deleted") is not True]
    return min(alive, key=_rank, default=None)


def _rank(reply: Fields) -> float:
    rank = reply.get("rank")
    return rank if isinstance(rank, int | float) and not isinstance(rank, bool) else _UNRANKED


def _make_row(path: list[Fields], options: Options) -> Row:
    messages: list[Message] = []
    for node in path:
        role = ROLE_MAP.get(str(node.get("role")))
        if role not in {"user", "assistant", "system"}:
            raise RecordError("a message is neither by a prompter nor by an assistant")
        messages.append({"role": role, "content": require_text(node.get("text"), "text")})
    while messages and messages[-1]["role"] != "assistant":
        messages.pop()
    if not messages:
        raise RecordError("nobody answered")
    return make_chat(messages, options=options)


def _convert_tree(record: Fields, _mapping: FieldMapping, options: Options) -> Iterable[Row]:
    node: Any = record.get("prompt")
    path: list[Fields] = []
    while isinstance(node, dict) and len(path) < _DEEPEST_REPLY:
        path.append(node)
        replies = node.get("replies")
        node = _best([reply for reply in replies if isinstance(reply, dict)]) if isinstance(replies, list) else None
    yield _make_row(path, options)


def _recognises_messages(record: Fields) -> bool:
    return {"message_id", "parent_id", "role", "text"} <= set(record)


def _recognises_tree(record: Fields) -> bool:
    prompt = record.get("prompt")
    return "message_tree_id" in record and isinstance(prompt, dict) and "text" in prompt


OASST_MESSAGES = Dialect(
    "oasst_messages", "OpenAssistant messages", _recognises_messages, no_mapping, gather=TreeGatherer
)
OASST_TREES = Dialect("oasst_trees", "OpenAssistant trees", _recognises_tree, no_mapping, _convert_tree)
