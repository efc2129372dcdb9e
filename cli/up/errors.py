"""Reasons why the service cannot start, each with what would help."""


class UpError(Exception):
    """Shown to the user as one line; exit code 1."""
