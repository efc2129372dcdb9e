"""Tests of the conversion of other formats."""
