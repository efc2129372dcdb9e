"""Tests of connections to providers."""
