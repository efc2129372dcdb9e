"""Base, tuned and checkpoint models by name."""
