"""Rows of many kinds: questions with and without a system prompt, long talks, tools, code, labels, documents."""

from random import Random
from typing import Any

from benchmarks.chats.writer import Vocabulary, make_vocabularies, write_code

_KINDS = {
    "question": 58,
    "talk": 20,
    "tools": 5,
    "code": 7,
    "label": 7,
    "document": 3,
}
_LABELS = ("billing", "delivery", "returns", "technical", "other")
_FUNCTIONS = ("find_order", "get_weather", "search_documents", "create_ticket", "convert_currency", "list_flights")
_FIELDS = ("order_id", "city", "query", "limit", "currency", "date_from", "urgency")
Message = dict[str, Any]


class RowMaker:
    """Makes the rows of one block; the same random numbers make the same rows."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._vocabularies, self._weights = make_vocabularies(random)
        self._systems = [self._vocabulary().text(random.randint(60, 500)) for _ in range(6)]
        self._tools = [self._make_tool(name) for name in _FUNCTIONS]

    def make(self) -> dict[str, Any]:
        kind = self._random.choices(list(_KINDS), weights=list(_KINDS.values()))[0]
        row: dict[str, Any] = getattr(self, f"_make_{kind}")(self._vocabulary())
        return row

    def _vocabulary(self) -> Vocabulary:
        return self._random.choices(self._vocabularies, cum_weights=self._weights)[0]

    def _length(self, median: int) -> int:
        """Characters, spread as lengths of texts are: most are short, and some fifty times as long."""
        return int(median * self._random.lognormvariate(0, 0.9))

    def _begin(self) -> list[Message]:
        has_system = self._random.random() < 0.8  # noqa: PLR2004
        return [_say("system", self._random.choice(self._systems))] if has_system else []

    def _make_question(self, vocabulary: Vocabulary) -> dict[str, Any]:
        asked, answer = vocabulary.text(self._length(70)), vocabulary.text(self._length(220))
        return {"messages": [*self._begin(), _say("user", asked), _say("assistant", answer)]}

    def _make_talk(self, vocabulary: Vocabulary) -> dict[str, Any]:
        messages = self._begin()
        for _ in range(self._random.randint(2, 5)):
            messages.append(_say("user", vocabulary.text(self._length(60))))
            messages.append(_say("assistant", vocabulary.text(self._length(140))))
        if self._random.random() < 0.1:  # noqa: PLR2004
            messages[-3]["weight"] = 0
        return {"messages": messages}

    def _make_code(self, vocabulary: Vocabulary) -> dict[str, Any]:
        answer = f"{vocabulary.text(120)}\n\n{write_code(vocabulary, self._random)}\n\n{vocabulary.sentence().strip()}"
        return {"messages": [*self._begin(), _say("user", vocabulary.text(160)), _say("assistant", answer)]}

    def _make_label(self, vocabulary: Vocabulary) -> dict[str, Any]:
        asked = vocabulary.text(self._length(200))
        return {"messages": [*self._begin(), _say("user", asked), _say("assistant", self._random.choice(_LABELS))]}

    def _make_document(self, vocabulary: Vocabulary) -> dict[str, Any]:
        document = vocabulary.text(min(self._length(4_000), 200_000))
        asked, answer = f"{vocabulary.sentence()}\n\n{document}", vocabulary.text(self._length(700))
        return {"messages": [*self._begin(), _say("user", asked), _say("assistant", answer)]}

    def _make_tools(self, vocabulary: Vocabulary) -> dict[str, Any]:
        tools = self._random.sample(self._tools, self._random.randint(1, 4))
        call_id = f"call_{self._random.randrange(16**12):012x}"
        function = {"name": tools[0]["function"]["name"], "arguments": '{"query": "' + vocabulary.words(1)[0] + '"}'}
        call = {"id": call_id, "type": "function", "function": function}
        answer = '{"items": [' + ", ".join(f'"{word}"' for word in vocabulary.words(12)) + "]}"
        return {
            "messages": [
                *self._begin(),
                _say("user", vocabulary.text(self._length(60))),
                {"role": "assistant", "tool_calls": [call]},
                {"role": "tool", "tool_call_id": call_id, "content": answer},
                _say("assistant", vocabulary.text(self._length(200))),
            ],
            "tools": tools,
        }

    def _make_tool(self, name: str) -> dict[str, Any]:
        fields = ["query", *self._random.sample(_FIELDS, 3)]
        properties = {field: {"type": "string", "description": self._vocabulary().sentence()} for field in fields}
        parameters = {"type": "object", "properties": properties, "required": ["query"]}
        description = self._vocabulary().sentence()
        function = {"name": name, "description": description, "parameters": parameters}
        return {"type": "function", "function": function}


def _say(role: str, content: str) -> Message:
    return {"role": role, "content": content}
