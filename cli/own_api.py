"""Calls to what OpenAI has no wire for, `/api/v1`, with the address and key of an `openai` client."""

from typing import Any

from openai import OpenAI


class OwnApi:
    """Every method raises what the SDK raises; `cli/failures.py` explains it."""

    def __init__(self, client: OpenAI) -> None:
        self._client = client
        self._root = f"{str(client.base_url).rstrip('/').removesuffix('/v1').removesuffix('/openai')}/api/v1"

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        given = {name: value for name, value in query.items() if value is not None}
        return _object(self._client.get(f"{self._root}{path}", cast_to=object, options={"params": given}))

    def get_text(self, path: str) -> str:
        return self._client.get(f"{self._root}{path}", cast_to=str)

    def post(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        return _object(self._client.post(f"{self._root}{path}", cast_to=object, body=body))

    def patch(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return _object(self._client.patch(f"{self._root}{path}", cast_to=object, body=body))


def _object(answer: object) -> dict[str, Any]:
    return answer if isinstance(answer, dict) else {}
