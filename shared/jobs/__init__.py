"""Fine-tuning jobs: states, events, checkpoints, results."""
