"""Tests of the object stores: one contract, kept by the folder and by a real S3-compatible server."""
