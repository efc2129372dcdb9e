"""Importing a dataset: where it may come from, and what is told of how it went. The work is done by a worker."""
