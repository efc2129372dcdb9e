"""The report on a dataset as a page; one module for each of its sections."""
