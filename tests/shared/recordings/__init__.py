"""Tests of recorded answers."""
