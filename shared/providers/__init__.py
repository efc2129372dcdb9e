"""How a job reaches whoever trains it."""
