"""Tests of checks of stored files."""
