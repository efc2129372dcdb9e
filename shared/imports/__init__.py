"""The way out of an upstream organization: what is there, what was copied, what it becomes here."""
