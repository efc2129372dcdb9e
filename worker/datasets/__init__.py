"""Datasets, as work: uploads taken in and checked, and operations that make new files of them."""
