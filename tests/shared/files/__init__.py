"""Tests of files as rows."""
