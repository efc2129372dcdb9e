"""Tests of work for connections: a first Tunery asks, a second one trains."""
