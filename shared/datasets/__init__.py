"""What is inside a dataset: reading lines, checking them, reporting findings."""
