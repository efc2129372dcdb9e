"""The HTTP edge under bad input, strangers, missing parts and defects."""
