"""What the training engine promises, shown on a random model of a few thousand weights."""
