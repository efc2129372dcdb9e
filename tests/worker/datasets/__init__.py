"""Checks and dataset operations as workers do them."""
