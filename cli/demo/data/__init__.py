"""Rows of the demo: 60 to train on, 12 to validate with, 6 questions held out."""
