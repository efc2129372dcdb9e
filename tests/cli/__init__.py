"""Tests of the `tunery` command: its client words, `up` and `demo`."""
