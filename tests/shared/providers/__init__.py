"""Tests of how a job reaches a provider."""
