"""Safe automatic fixes."""
