"""Everything the API and the workers have in common; imports neither."""
