"""Tests of models by name."""
