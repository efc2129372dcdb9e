"""Tests of work rows: adding, claiming, announcing."""
