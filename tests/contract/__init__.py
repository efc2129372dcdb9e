"""The wire as real clients use it: the unmodified `openai` SDK, strict about every answer, against the served API."""
