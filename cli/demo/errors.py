"""Reasons why the demo ends early."""


class DemoError(Exception):
    """Shown to the user as one line; exit code 1."""
