"""Tests of webhook endpoints, events, signatures and backoff."""
