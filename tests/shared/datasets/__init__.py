"""Tests of the dataset checks."""
