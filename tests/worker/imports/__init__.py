"""Tests of imports from a real second service that plays the old organization."""
