"""What was sent to a chat model and what came back: logs of requests, and the two files of a batch."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from shared.datasets.conversion.dialects.base import Dialect, Fields, no_mapping
from shared.datasets.conversion.dialects.chat import replace_functions
from shared.datasets.conversion.dialects.held import Held
from shared.datasets.conversion.errors import RecordError
from shared.datasets.conversion.limits import Limits
from shared.datasets.conversion.mapping import FieldMapping
from shared.datasets.conversion.messages import Row, make_chat, pick_message
from shared.datasets.conversion.options import Options
from shared.datasets.conversion.record import Converted, Problem, Record
from shared.datasets.conversion.values import from_json, require_objects
from shared.quoting import quote


def make_row(request: Any, response: Any, options: Options) -> Row:
    """The messages of a request and the first answer to it. Raises RecordError when there was none."""
    if not isinstance(request, Mapping):
        raise RecordError("there is no request with messages")
    messages = [dict(message) for message in require_objects(request.get("messages"), "messages")]
    answer = pick_message(_read_answer(response))
    tools = request.get("tools") or request.get("functions")
    return make_chat(replace_functions([*messages, answer]), options=options, tools=tools)


def _read_answer(response: Any) -> dict[str, Any]:
    choices = response.get("choices") if isinstance(response, Mapping) else None
    if not isinstance(choices, list) or not choices:
        raise RecordError("there is no answer: the response has no choices")
    message = choices[0].get("message") if isinstance(choices[0], dict) else None
    if not isinstance(message, dict):
        raise RecordError("the first choice of the response has no message")
    return {"role": "assistant", **message}


def _recognises_log(record: Fields) -> bool:
    request, response = record.get("request"), record.get("response")
    if isinstance(request, str) and isinstance(response, str):
        return '"messages"' in request and '"choices"' in response
    is_pair = isinstance(request, dict) and "messages" in request and isinstance(response, dict | None)
    return is_pair or (isinstance(record.get("messages"), list) and isinstance(record.get("choices"), list))


def _convert_log(record: Fields, _mapping: FieldMapping, options: Options) -> Iterable[Row]:
    if "request" not in record:
        yield make_row(record, record, options)
        return
    request, response = (from_json(record.get(key), key) for key in ("request", "response"))
    yield make_row(request, response, options)


class BatchGatherer:
    """Requests and answers of a batch, joined on custom_id, in whatever order they come."""

    def __init__(self, _mapping: FieldMapping, options: Options, limits: Limits) -> None:
        self._options = options
        self._waiting: dict[str, Record] = {}
        self._held = Held(limits)

    def add(self, record: Record) -> Iterable[Converted | Problem]:
        """The row that this half completes, or nothing yet. Raises RecordError."""
        custom_id = record.value.get("custom_id")
        if not isinstance(custom_id, str) or not custom_id:
            raise RecordError("the record has no custom_id")
        other = self._waiting.pop(custom_id, None)
        if other is None:
            self._held.add(record)
            self._waiting[custom_id] = record
            return []
        self._held.release(other)
        if _is_answer(other.value) == _is_answer(record.value):
            raise RecordError(f"the custom_id {quote(custom_id)} is there twice")
        request, answer = (other, record) if _is_answer(record.value) else (record, other)
        return [Converted(request.number, make_row(request.value.get("body"), _read_body(answer.value), self._options))]

    def finish(self) -> Iterator[Converted | Problem]:
        """Every half that is left."""
        for custom_id, record in self._waiting.items():
            missing = "request" if _is_answer(record.value) else "answer"
            reason = f"no {missing} has the custom_id {quote(custom_id)}; join the batch's other file"
            yield Problem(record.number, reason)


def _is_answer(record: Fields) -> bool:
    return "body" not in record and ("response" in record or "error" in record)


def _read_body(answer: Fields) -> Any:
    response = answer.get("response")
    if not isinstance(response, dict):
        raise RecordError("the batch has an error in the place of an answer")
    if response.get("status_code", 200) != 200:  # noqa: PLR2004  HTTP's OK
        raise RecordError(f"the batch answered with status {response['status_code']}")
    return response.get("body")


def _recognises_batch(record: Fields) -> bool:
    is_request = isinstance(record.get("body"), dict) and "url" in record
    return isinstance(record.get("custom_id"), str) and (is_request or _is_answer(record))


REQUEST_LOG = Dialect("request_log", "requests with their responses", _recognises_log, no_mapping, _convert_log)
BATCH = Dialect("batch", "files of a batch", _recognises_batch, no_mapping, gather=BatchGatherer)
