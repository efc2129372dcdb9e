"""Going out to addresses that tenants name, without letting them into our own network (decision 13)."""
