"""Tests of what API and workers have in common."""
