"""Models that go away: when, and who is told in time."""
