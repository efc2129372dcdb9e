"""The way out: imports from an upstream organization, what they keep and what they tell."""
