"""Tests of what imports read and make of an upstream's documents."""
