"""How many bytes an answer may have, for whoever holds it in memory. Knows neither guard nor upstream."""

from collections.abc import Callable, Iterable, Iterator

import httpx2


class AnswerTooLargeError(httpx2.ReadError):
    """Of an answer of more bytes than the client takes."""


def answers_bounded(most_bytes: int) -> Callable[[httpx2.Response], None]:
    """A hook for the `response` event of a synchronous client. What goes beyond is AnswerTooLargeError.

    A compressed answer, which may become any size, is httpx2.RemoteProtocolError: ask for `identity`.
    """

    def bound(answer: httpx2.Response) -> None:
        refuse_compressed(answer.headers)
        if not isinstance(answer.stream, httpx2.SyncByteStream):
            raise TypeError("The answer is not of a synchronous client")
        answer.stream = _Bounded(answer.stream, most_bytes)

    return bound


def take_at_most(pieces: Iterable[bytes], most_bytes: int | None) -> Iterator[bytes]:
    """The same pieces, up to so many bytes. Raises AnswerTooLargeError where there are more."""
    taken = 0
    for piece in pieces:
        taken += len(piece)
        if most_bytes is not None and taken > most_bytes:
            raise AnswerTooLargeError(f"The answer has more than {most_bytes} bytes")
        yield piece


def refuse_compressed(headers: httpx2.Headers) -> None:
    """A few compressed bytes may become very many. Raises httpx2.RemoteProtocolError."""
    if headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        raise httpx2.RemoteProtocolError("The answer is compressed, which was not asked for")


class _Bounded(httpx2.SyncByteStream):
    def __init__(self, stream: httpx2.SyncByteStream, most_bytes: int) -> None:
        self._stream = stream
        self._most_bytes = most_bytes

    def __iter__(self) -> Iterator[bytes]:
        yield from take_at_most(self._stream, self._most_bytes)

    def close(self) -> None:
        self._stream.close()
