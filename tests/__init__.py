"""The test suite; the folders mirror the source."""
