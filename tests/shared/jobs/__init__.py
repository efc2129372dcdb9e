"""Tests of fine-tuning jobs as rows."""
