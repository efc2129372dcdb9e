"""Pages for people, as answers."""
