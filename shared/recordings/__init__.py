"""Answers of a model, asked for once and kept: a baseline to compare with, and labels to teach another model by."""
