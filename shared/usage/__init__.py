"""What was used: tokens of chat completions, by project, key, model and connection."""
