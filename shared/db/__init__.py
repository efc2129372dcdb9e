"""Engine factory, sessions and column types; knows no domain."""
