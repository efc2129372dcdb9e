"""Tests of remembered answers."""
