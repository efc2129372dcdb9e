"""Tests of the workers: the shape of a task, the scheduler, each kind of work."""
