"""Tests of `tunery up`, with real processes and a real Redis."""
