"""Measurements made by hand with `python -m benchmarks.NAME`, each against a baseline measured in the same run."""
