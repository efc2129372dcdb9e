"""Watchers of the rows together; one module for each family of codes."""
