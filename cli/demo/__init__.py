"""`tunery demo`: one real fine-tuning job from upload to answer, told as it happens."""
