"""Tests of migrations on both databases."""
