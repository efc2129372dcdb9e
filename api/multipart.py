"""Reading one multipart upload as it arrives: small fields into memory, the file straight into an object writer.

The framework's own form parser spools every file to a temporary one before an endpoint runs.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from anyio import to_thread
from fastapi import Request
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.requests import ClientDisconnect

from api.pace import USUAL, Pace, paced
from shared.errors import InvalidInputError, Kind, ServiceError
from shared.storage.protocol import ObjectWriter

_FIELD_BYTES = 4096
_MAX_PARTS = 16
_PART_HEADER_BYTES = 16 << 10
"Room for a file name of some thousand characters, of which a label is kept."
_BOUNDARY_BYTES = 200
"The parser refuses 256; RFC 2046 allows 70."
_BATCH_BYTES = 1 << 20
"Bytes handed to the parser's thread at once; a hop for every 64 KiB of the socket would cost more than the parsing."
_FORM_OVERHEAD_BYTES = 64 << 10
_DRAIN_BYTES = 16 << 20
"What is still read of a refused upload, so that the client is reading, not writing, when the refusal comes."


@dataclass
class UploadForm:
    """What a form held besides the file's bytes, which are in the writer by now."""

    fields: dict[str, str] = field(default_factory=dict)
    filename: str | None = None
    file_bytes: int = 0


class MalformedUploadError(InvalidInputError):
    code = "malformed_multipart"


async def read_upload(
    request: Request,
    open_writer: Callable[[], ObjectWriter],
    *,
    max_file_bytes: int,
    field_name: str = "file",
    pace: Pace = USUAL,
) -> UploadForm:
    """Stream a form with one `field_name` part into the writer, opened when the file begins and not committed here.

    Raises 400 for anything that is not one whole form, 408 for one that comes too slowly, 413 for too large a file.
    """
    too_large = _too_large(max_file_bytes)
    declared = request.headers.get("content-length", "")
    stream = paced(request, pace=pace)
    try:
        if declared.isdigit() and int(declared) > max_file_bytes + _FORM_OVERHEAD_BYTES:
            raise too_large
        parser = _FormParser(_boundary(request), field_name, open_writer, max_file_bytes, too_large)
        batch = bytearray()
        async for chunk in stream:
            batch += chunk
            if len(batch) >= _BATCH_BYTES:
                await to_thread.run_sync(parser.feed, bytes(batch))
                batch.clear()
        await to_thread.run_sync(parser.feed, bytes(batch))
        return parser.close()
    except ServiceError as error:
        if error.kind is not Kind.TIMEOUT:
            await _drain(stream)
        raise


class _FormParser:
    """Callbacks of the push parser, gathering fields and passing the file on."""

    def __init__(
        self,
        boundary: bytes,
        file_field: str,
        open_writer: Callable[[], ObjectWriter],
        max_file_bytes: int,
        too_large: ServiceError,
    ) -> None:
        self._form = UploadForm()
        self._file_field = file_field
        self._open_writer = open_writer
        self._writer: ObjectWriter | None = None
        self._max_file_bytes = max_file_bytes
        self._too_large = too_large
        self._parts = 0
        self._ended = False
        self._header_name = bytearray()
        self._header_value = bytearray()
        self._disposition = b""
        self._field_name: str | None = None
        self._field_value = bytearray()
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin_part,
                "on_header_field": self._take_header_name,
                "on_header_value": self._take_header_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._begin_body,
                "on_part_data": self._take_body,
                "on_part_end": self._end_part,
                "on_end": self._end,
            },
            max_header_size=_PART_HEADER_BYTES,
        )

    def feed(self, data: bytes) -> None:
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise MalformedUploadError(f"The multipart body can not be read: {error}"[:300]) from error

    def close(self) -> UploadForm:
        if not self._ended:
            raise MalformedUploadError(
                "The multipart body ended before its closing boundary; the upload was cut off. Send it again."
            )
        if self._writer is None:
            raise MalformedUploadError(
                f"The form has no part named `{self._file_field}` with a file name.",
                param=self._file_field,
                code="missing_file",
            )
        return self._form

    def _begin_part(self) -> None:
        self._parts += 1
        if self._parts > _MAX_PARTS:
            raise MalformedUploadError(f"The form has more than {_MAX_PARTS} parts.")
        self._disposition = b""

    def _take_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _take_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _end_header(self) -> None:
        if bytes(self._header_name).lower() == b"content-disposition":
            self._disposition = bytes(self._header_value)
        self._header_name.clear()
        self._header_value.clear()

    def _begin_body(self) -> None:
        _, options = parse_options_header(self._disposition)
        name = options.get(b"name", b"").decode("utf-8", "replace")
        self._field_name = name
        self._field_value.clear()
        if name == self._file_field and b"filename" in options:
            if self._writer is not None:
                raise MalformedUploadError(f"The form has more than one `{name}`; send one at a time.", param=name)
            self._form.filename = options[b"filename"].decode("utf-8", "replace")
            self._writer = self._open_writer()
            self._field_name = None

    def _take_body(self, data: bytes, start: int, end: int) -> None:
        if self._field_name is None and self._writer is not None:
            self._form.file_bytes += end - start
            if self._form.file_bytes > self._max_file_bytes:
                raise self._too_large
            self._writer.write(data[start:end])
            return
        self._field_value += data[start:end]
        if len(self._field_value) > _FIELD_BYTES:
            raise MalformedUploadError(f"A form field is longer than {_FIELD_BYTES} bytes.", param=self._field_name)

    def _end_part(self) -> None:
        if self._field_name is not None:
            self._form.fields[self._field_name] = bytes(self._field_value).decode("utf-8", "replace")

    def _end(self) -> None:
        self._ended = True


def _boundary(request: Request) -> bytes:
    media_type, options = parse_options_header(request.headers.get("content-type"))
    if media_type != b"multipart/form-data" or not options.get(b"boundary"):
        raise ServiceError(
            "Send the file as multipart/form-data with a `file` and a `purpose` part.",
            kind=Kind.UNSUPPORTED_MEDIA,
            code="unsupported_content_type",
        )
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise ServiceError(
            "Compressed request bodies are not accepted.",
            kind=Kind.UNSUPPORTED_MEDIA,
            code="unsupported_content_encoding",
        )
    if len(options[b"boundary"]) > _BOUNDARY_BYTES:
        raise MalformedUploadError(f"The multipart boundary is longer than {_BOUNDARY_BYTES} bytes.")
    return options[b"boundary"]


def _too_large(max_file_bytes: int) -> ServiceError:
    return ServiceError(
        f"The file is larger than {max_file_bytes} bytes, the most this service takes.",
        kind=Kind.TOO_LARGE,
        param="file",
        code="file_too_large",
    )


async def _drain(stream: AsyncIterator[bytes]) -> None:
    taken = 0
    try:
        async for chunk in stream:
            taken += len(chunk)
            if taken > _DRAIN_BYTES:
                return
    except (ClientDisconnect, ServiceError, RuntimeError):
        return
