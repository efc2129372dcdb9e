"""The `tunery data` commands."""
