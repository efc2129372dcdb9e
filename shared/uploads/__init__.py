"""Resumable uploads: parts that become a file."""
