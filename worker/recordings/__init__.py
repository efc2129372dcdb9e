"""Recording answers, as work: prompts are put to a model, a few at a time, and every answer is kept as it comes."""
