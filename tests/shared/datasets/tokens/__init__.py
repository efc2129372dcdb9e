"""Tests of counting tokens, images, tools, cuts and prices."""
