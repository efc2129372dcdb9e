"""Durable units of work: rows with a due time, a lease and a fence. See README.md beside this file."""
