"""The model server: a small ASGI process around the engine. It knows models and adapters, and no tenants."""
