"""Why a source cannot be converted at all, and why one of its records cannot."""

from shared.errors import InvalidInputError


class ConversionError(InvalidInputError):
    """Base of everything that `convert_file` raises about a source. The message says what would help."""


class UnreadableSourceError(ConversionError):
    """The container is broken, is none that is read here, or holds no data."""

    code = "source_unreadable"


class SourceTooLargeError(ConversionError):
    """A bound was met: bytes after unpacking, their ratio to the packed ones, rows, or memory of a reader."""

    code = "source_too_large"


class UnsafeArchiveError(ConversionError):
    """An archive with a path that leads out of it, a link, or another archive inside."""

    code = "archive_unsafe"


class AmbiguousSourceError(ConversionError):
    """Several files, sheets or splits are inside and none was named, or the named one is not there."""

    code = "source_ambiguous"


class FormatNotRecognisedError(ConversionError):
    """The records are of no dialect known here, and no mapping says how to read them."""

    code = "format_not_recognised"


class InvalidMappingError(ConversionError):
    """A mapping that no row can be made with."""

    code = "invalid_mapping"


class ExtraNotInstalledError(ConversionError):
    """The container needs an optional package that this installation lacks."""

    code = "extra_not_installed"


class NothingConvertedError(ConversionError):
    """Every record was refused."""

    code = "nothing_converted"


class RecordError(Exception):
    """One record has no row in it. The text is a sentence without a full stop, fit for a list of skipped records."""
