"""The way out, as work: steps of an import, each a durable unit that asks the upstream and keeps what it says."""
