"""Tests of writing usage down."""
