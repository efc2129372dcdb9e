"""Tests of telling that models go away."""
