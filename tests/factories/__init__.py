"""Rows made through the services that make them in production."""
