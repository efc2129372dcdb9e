"""Tests of engines, sessions and column types."""
